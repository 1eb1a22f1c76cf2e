"""What each command does with its arguments; the work itself is done a layer below."""

from __future__ import annotations

import argparse
import json
import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import groupby

from backuptool.backup import Made, backup
from backuptool.bundle import Bundle, Stem
from backuptool.cli.show import age, size, table
from backuptool.config import Configuration, Plan, check_config, default_folder, read_config
from backuptool.decrypt import decrypt_file
from backuptool.encryption import kdf_named
from backuptool.errors import BackuptoolError, PartlyDone, StoreError, UsageError
from backuptool.lock import locked
from backuptool.passphrase import read_passphrase
from backuptool.restore import restore
from backuptool.secret import Secret
from backuptool.sop import names_a_procedure, tables
from backuptool.stores import Store
from backuptool.verify import Verdict, backups, choose, fetched, opened, verify

log = logging.getLogger("backuptool")


def run(arguments: argparse.Namespace) -> None:
    """Run the command that was asked for. Raises BackuptoolError."""
    COMMANDS[arguments.command](arguments)


def _configuration(arguments: argparse.Namespace) -> Configuration:
    """--config, else the old procedure's variables where they are set, else the default file."""
    if arguments.config is None and names_a_procedure(os.environ):
        return check_config(tables(os.environ), "the environment")
    return read_config(arguments.config or default_folder("config") / "config.toml")


def _plans(arguments: argparse.Namespace) -> list[Plan]:
    configuration = _configuration(arguments)
    return [configuration.plan(name) for name in dict.fromkeys(arguments.plans or configuration.plans)]


def _backup(arguments: argparse.Namespace) -> None:
    plans = _plans(arguments)
    made: list[Made] = []
    errors: list[BackuptoolError] = []
    for plan in plans:
        try:
            with locked(plan.state_dir, plan.name):
                made.append(backup(plan, datetime.now(UTC)))
        except BackuptoolError as error:
            if len(plans) > 1:
                log.error("plan %s: %s", plan.name, error.message)
            errors.append(error)
    _show_made(arguments, made)
    if errors and made:
        raise PartlyDone(f"{len(errors)} of {len(plans)} plans failed: {errors[0].message}", hint=errors[0].hint)
    if errors:
        raise errors[0]


def _show_made(arguments: argparse.Namespace, made: list[Made]) -> None:
    if arguments.json:
        print(json.dumps([{"backup": one.name, "size": one.size, "stores": one.stores} for one in made], indent=2))
    elif sys.stdout.isatty() or arguments.verbose:
        for one in made:
            print(f"{one.name}  {size(one.size)}")
            print("\n".join(f"  verified in {label}" for label in one.stores))


def _list(arguments: argparse.Namespace) -> None:
    now = datetime.now(UTC)
    rows = [
        {
            "plan": plan.name,
            "backup": stored.name,
            "size": stored.size,
            "created": stem.created.isoformat(),
            "store": label,
        }
        for plan in _plans(arguments)
        for label, store in plan.open_stores()
        for stored in backups(store, plan.name)
        if (stem := Stem.of_bundle(stored.name))
    ]
    if arguments.json:
        print(json.dumps(rows, indent=2))
        return
    if not rows:
        print("no backups yet", file=sys.stderr)
        return
    for label, of_store in groupby(rows, key=lambda row: str(row["store"])):
        print(label)
        print(table([_row(row, now) for row in of_store]))


def _row(row: dict[str, object], now: datetime) -> tuple[str, str, str]:
    created = datetime.fromisoformat(str(row["created"]))
    return f"  {row['backup']}", size(int(str(row["size"]))), age(now - created)


def _verify(arguments: argparse.Namespace) -> None:
    verdicts: list[tuple[str, Verdict]] = []
    if arguments.file:
        with opened(arguments.file, _passphrases(arguments, None)) as bundle:
            verdicts.append((str(arguments.file), verify(bundle)))
            if arguments.file.name != bundle.stem.bundle:
                log.warning("%s was made as %s", arguments.file.name, bundle.stem.bundle)
    else:
        plan, name = _selected(arguments)
        for label, store in plan.open_stores():
            with fetched(store, choose(store, plan.name, name), _passphrases(arguments, plan), plan.work_dir) as bundle:
                verdicts.append((label, verify(bundle)))
    if arguments.json:
        print(json.dumps([_verdict(label, verdict) for label, verdict in verdicts], indent=2))
        return
    for label, verdict in verdicts:
        print(f"{verdict.stem.bundle}: authentic and whole, a dump of {size(verdict.dump_size)}")
        print(f"  in {label}")


def _verdict(label: str, verdict: Verdict) -> dict[str, object]:
    return {
        "backup": verdict.stem.bundle, "store": label, "size": verdict.size,
        "dump_size": verdict.dump_size, "sequence": verdict.sequence, "verdict": "whole",
    }  # fmt: skip


def _restore(arguments: argparse.Namespace) -> None:
    plan, name = _selected(arguments)
    server = plan.open_server()
    into = arguments.into or server.database
    with _bundle(arguments, plan, name) as bundle:
        restore(bundle, server, into)
        print(f"{bundle.stem.bundle}: restored into {into}")


@contextmanager
def _bundle(arguments: argparse.Namespace, plan: Plan, name: str) -> Iterator[Bundle]:
    passphrases = _passphrases(arguments, plan)
    if arguments.file:
        with opened(arguments.file, passphrases) as bundle:
            yield bundle
        return
    store, found = _first_that_has(plan, name)
    with fetched(store, found, passphrases, plan.work_dir) as bundle:
        yield bundle


def _first_that_has(plan: Plan, name: str) -> tuple[Store, str]:
    errors: list[BackuptoolError] = []
    stores = plan.open_stores()
    for label, store in stores:
        try:
            return store, choose(store, plan.name, name)
        except BackuptoolError as error:
            if len(stores) > 1:
                log.warning("%s: %s", label, error.message)
            errors.append(error)
    raise errors[0] if errors else StoreError("the plan has no store")


def _decrypt(arguments: argparse.Namespace) -> None:
    try:
        kdf = kdf_named(arguments.kdf) if arguments.kdf else None
    except ValueError as error:
        raise UsageError(str(error), hint="backuptool decrypt --help") from None
    if arguments.passphrase_file:
        passphrase = read_passphrase(arguments.passphrase_file)
    else:
        passphrase = read_passphrase(_only(_configuration(arguments), "--passphrase-file").passphrase_file)
    written = decrypt_file(arguments.file, passphrase, arguments.output, kdf)
    if str(written) != "-":
        print(written)


def _demo(arguments: argparse.Namespace) -> None:
    from backuptool.demo import run as demo  # noqa: PLC0415 - needs the extra `demo`, which nothing else does

    demo(sys.stdout, arguments.keep)


def _passphrases(arguments: argparse.Namespace, plan: Plan | None) -> list[Secret]:
    if arguments.passphrase_file:
        return [read_passphrase(arguments.passphrase_file)]
    plan = plan or _only(_configuration(arguments), "--passphrase-file")
    return [read_passphrase(path) for path in (plan.passphrase_file, *plan.old_passphrase_files)]


def _selected(arguments: argparse.Namespace) -> tuple[Plan, str]:
    """The plan and the backup that the words after the command mean."""
    configuration = _configuration(arguments)
    words: list[str] = list(arguments.names)
    if len(words) > 2:
        raise UsageError(f"too many words: {' '.join(words)}", hint=f"backuptool {arguments.command} [PLAN] [BACKUP]")
    named = Stem.of_bundle(f"{words[-1].removesuffix('.tar')}.tar") if words else None
    if len(words) == 1 and words[0] not in configuration.plans and (named or words[0] == "latest"):
        plan = configuration.plan(named.plan) if named else _only(configuration, "PLAN")
        return plan, words[0]
    plan = configuration.plan(words[0]) if words else _only(configuration, "PLAN")
    return plan, words[1] if len(words) > 1 else "latest"


def _only(configuration: Configuration, missing: str) -> Plan:
    if len(configuration.plans) != 1:
        raise UsageError(f"there are several plans: {', '.join(configuration.plans)}", hint=f"name one: {missing}")
    return configuration.plan(next(iter(configuration.plans)))


COMMANDS = {
    "backup": _backup,
    "list": _list,
    "verify": _verify,
    "restore": _restore,
    "decrypt": _decrypt,
    "demo": _demo,
}
