"""What the words and options of a command line mean: which configuration, plans, backup and keys."""

from __future__ import annotations

import argparse
import getpass
import logging
import os
import sys
from datetime import datetime
from pathlib import Path

from backuptool.bundle import Keys, Passphrase, Stem
from backuptool.config import Configuration, Plan, PlanTable, check_config, default_folder, read_config
from backuptool.errors import UsageError
from backuptool.passphrase import read_passphrase
from backuptool.past import created
from backuptool.recipients import Identity, read_identity
from backuptool.secret import Secret
from backuptool.sop import names_a_procedure, tables

log = logging.getLogger("backuptool")
NOBODY = Path("none")  # as in RECOVER.txt


def configuration_of(arguments: argparse.Namespace) -> Configuration:
    """--config, else the old procedure's variables where they are set, else the default file. Raises UsageError."""
    if arguments.config is not None:
        return read_config(arguments.config)
    default = default_folder("config") / "config.toml"
    if names_a_procedure(os.environ):
        if os.access(default, os.F_OK):
            log.info("the variables of the old procedure are set, so %s is not read", default)
        return check_config(tables(os.environ), "the environment")
    return read_config(default)


def config_file(arguments: argparse.Namespace) -> Path | None:
    """The file that `configuration_of` reads; None when it takes the old procedure's variables. Raises UsageError."""
    if arguments.config is None and names_a_procedure(os.environ):
        return None
    path: Path = arguments.config or default_folder("config") / "config.toml"
    return path


def missing_configuration(arguments: argparse.Namespace) -> Path | None:
    """The default file where none is named and that one is not there, as on a new host after a disaster; else None."""
    path = config_file(arguments)
    return path if arguments.config is None and path is not None and not os.access(path, os.F_OK) else None


def plans(arguments: argparse.Namespace) -> list[Plan]:
    """The plans that are named, or all of them."""
    configuration = configuration_of(arguments)
    return [configuration.plan(name) for name in dict.fromkeys(arguments.plans or configuration.plans)]


def selected(arguments: argparse.Namespace) -> tuple[Plan, str]:
    """The plan and the backup that the words after the command mean. Raises UsageError."""
    plan, backup = _meant(arguments)
    if backup and arguments.file:
        raise _beside_file(backup)
    return plan, backup or "latest"


def refuse_words(arguments: argparse.Namespace) -> None:
    """Raises UsageError for words after a command that has all it needs without them."""
    if arguments.names:
        raise _beside_file(arguments.names[-1])


def _beside_file(word: str) -> UsageError:
    return UsageError(f"{word} is named beside --file, which is read in its place", hint="leave one of the two out")


def _meant(arguments: argparse.Namespace) -> tuple[Plan, str]:
    """The plan, and the backup as it is called; nothing where no word does."""
    configuration = configuration_of(arguments)
    words: list[str] = list(arguments.names)
    if len(words) > 2:
        raise UsageError(f"too many words: {' '.join(words)}", hint=f"backuptool {arguments.command} [PLAN] [BACKUP]")
    named = Stem.of_bundle(f"{words[-1].removesuffix('.tar')}.tar") if words else None
    alone = words and (named or words[0] == "latest" or names_old(words[0]))
    if len(words) == 1 and words[0] not in configuration.plans and alone:
        plan = configuration.plan(named.plan) if named else _only(configuration, "PLAN")
        return plan, words[0]
    plan = configuration.plan(words[0]) if words else _only(configuration, "PLAN")
    return plan, words[1] if len(words) > 1 else ""


def before(arguments: argparse.Namespace, name: str) -> datetime | None:
    """What --at means: this host's time unless it says another, a date's first moment. Raises UsageError."""
    if arguments.at is None:
        return None
    if arguments.file or name != "latest":
        raise UsageError("--at chooses among stored backups, and one is named", hint="leave --at or the name out")
    try:
        return datetime.fromisoformat(arguments.at).astimezone()
    except (ValueError, OverflowError):  # also of a day that is none in another time zone: 0001-01-01
        raise UsageError(
            f"--at {arguments.at} is no time", hint="--at 2026-11-23, or --at '2026-11-23 04:00'"
        ) from None


def names_old(word: str) -> bool:
    """Whether `word` is the name of an old backup in a store, with .tar or without."""
    return created(f"{word.removesuffix('.tar')}.tar") is not None


def keys(arguments: argparse.Namespace, plan: Plan | None = None) -> Keys:
    """What is at hand to read backups with: what the options name, else what `plan` or the only plan has."""
    passphrase_file, identity = getattr(arguments, "passphrase_file", None), getattr(arguments, "identity", None)
    if plan is None and not (passphrase_file or identity):
        if missing := missing_configuration(arguments):
            raise UsageError(
                f"nothing to open it with: no passphrase is named, and there is no configuration {missing}",
                hint="--passphrase-file FILE, or for a recipient --identity FILE",
            )
        plan = _only(configuration_of(arguments), "--passphrase-file, or --identity")
    signers = _signers(arguments, plan)  # before somebody is asked for a password
    return Keys(_passphrases(passphrase_file, plan), _identity(identity, plan), signers)


def opening(arguments: argparse.Namespace, plan: Plan | None = None, *, unopened: bool = False) -> Keys:
    """The same for who must open backups; `unopened`: a signature proves enough. Raises UsageError where nothing does.

    Asked before anything is read: that a backup could not be opened then would be said of the backup.
    """
    at_hand = keys(arguments, plan)
    if at_hand.passphrases or at_hand.identity or (unopened and at_hand.signers):
        return at_hand
    more = "; or `signers` in the plan, to prove it unopened" if unopened else ""
    raise UsageError(
        "nothing at hand opens a backup: no passphrase, and no private key of a recipient",
        hint=f"--identity FILE, or --passphrase-file FILE for what is not sealed{more}",
    )


def _signers(arguments: argparse.Namespace, plan: Plan | None) -> Path | None:
    """Whose signature is demanded. Everybody who has a recipient's public key can seal a bundle for it: who opens one
    by a private key says whose it must be, unless the configuration does."""
    named: Path | None = getattr(arguments, "signers", None)
    if named:
        return None if named == NOBODY else named
    if not getattr(arguments, "identity", None):
        return plan.signers if plan else None
    read = [plan] if plan else _plan_tables(arguments)
    said = {one.signers for one in read}
    # A plan that has a passphrase, and signs nothing, was never asked.
    if len(said) != 1 or not any(one.signers or one.recipients for one in read):
        raise UsageError(
            "nothing says whose signature the bundle must have, and anybody can seal one for this private key",
            hint="--signers FILE, the allowed_signers; --signers none where backups are not signed",
        )
    return said.pop()


def _plan_tables(arguments: argparse.Namespace) -> list[PlanTable]:
    return [] if missing_configuration(arguments) else [*configuration_of(arguments).plans.values()]


def _passphrases(named: Path | None, plan: Plan | None) -> tuple[Passphrase, ...]:
    if named:
        return (Passphrase(read_passphrase(named)),)
    return plan.passphrases() if plan else ()


def _identity(named: Path | None, plan: Plan | None) -> Identity | None:
    path = named or (plan.identity_file if plan else None)
    if path is None:
        return None

    def ask() -> Secret:
        try:
            return Secret(getpass.getpass(f"Password of {path}: ").encode("utf-8", "surrogateescape"))
        except EOFError:
            raise UsageError(f"no password was given for {path}", hint="type it, or name a key without one") from None

    return read_identity(path, ask if sys.stdin is not None and sys.stdin.isatty() else None)


def _only(configuration: Configuration, missing: str) -> Plan:
    if len(configuration.plans) != 1:
        raise UsageError(f"there are several plans: {', '.join(configuration.plans)}", hint=f"name one: {missing}")
    return configuration.plan(next(iter(configuration.plans)))
