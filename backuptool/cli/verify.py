"""`backuptool verify`: a backup in every store that has it; one bad copy does not hide what the others are."""

from __future__ import annotations

import argparse
import json
import logging
from datetime import UTC, datetime
from typing import Any

from backuptool.bundle import opened
from backuptool.cli import old
from backuptool.cli.selection import opening, refuse_words, selected
from backuptool.cli.streams import say
from backuptool.cli.verdict import as_json, in_words
from backuptool.config import Plan
from backuptool.copies import Copy, Found, find, named
from backuptool.errors import BackuptoolError, PartlyDone, StoreError, VerificationError
from backuptool.gone import AGAIN, gone
from backuptool.interruption import within
from backuptool.ledger import Entry, Ledger
from backuptool.verify import Verdict, fetched, verify

log = logging.getLogger("backuptool")
Verdicts = list[tuple[str, Verdict]]
Failures = list[tuple[str, BackuptoolError]]
Rows = list[dict[str, Any]]


def run(arguments: argparse.Namespace) -> None:
    """Verify a backup wherever it is. Raises VerificationError when any copy of it is bad, or the latest is gone, else
    what else was wrong."""
    if not arguments.file:
        _stores(arguments)
        return
    refuse_words(arguments)
    if old.means_old(arguments):
        _old(arguments)
    else:
        _file(arguments)


def _file(arguments: argparse.Namespace) -> None:
    with opened(arguments.file, opening(arguments, unopened=True)) as bundle:
        verdict = verify(bundle)
    _show(arguments, [(str(arguments.file), verdict)], [])


def _old(arguments: argparse.Namespace) -> None:
    rows, refused = old.verify_old(arguments, [old.place(arguments.file)], opening(arguments, unopened=True).secrets)
    for _, error in refused:
        raise error
    _print(arguments, rows)


def _stores(arguments: argparse.Namespace) -> None:
    plan, name = selected(arguments)
    with within(plan.time_limit, f"the verification of {plan.name}"):
        if old.means_old(arguments):
            _old_in_stores(arguments, plan, name)
        else:
            _in_stores(arguments, plan, name)


def _old_in_stores(arguments: argparse.Namespace, plan: Plan, name: str) -> None:
    found = find(plan.open_stores(), plan.name, plan.host, name)
    rows, refused = old.verify_old(arguments, old.places(found, plan), opening(arguments, plan, unopened=True).secrets)
    for label, error in refused:
        _say_at_once(found, label, error)
    failed: Failures = [*found.failed, *refused]
    _print(arguments, rows + _all_failed(found, failed))
    _raise_for(found, failed)


def _in_stores(arguments: argparse.Namespace, plan: Plan, name: str) -> None:
    at_hand = opening(arguments, plan, unopened=True)
    found = find(plan.open_stores(), plan.name, plan.host, name)
    verdicts: Verdicts = []
    failed: Failures = list(found.failed)
    for copy in found.copies:
        try:
            with fetched(copy.store, copy.stored, at_hand, plan.work_dir) as bundle:
                verdicts.append((copy.label, verify(bundle)))
                _remember(plan, copy, verdicts[-1][1], bundle.sums_digest)
        except (VerificationError, StoreError) as error:
            _say_at_once(found, copy.label, error)
            failed.append((copy.label, error))
    for label in found.lacking:
        log.warning("%s does not have %s", label, found.name)
    _show(arguments, verdicts, _all_failed(found, failed))
    missed = gone(plan, found.name) if name == "latest" else ""
    if missed and failed:
        log.error("%s", missed)
    _raise_for(found, failed)
    if missed:
        raise VerificationError(f"{missed}; {found.name} was verified", hint=AGAIN)
    if name == "latest" and found.lacking:
        raise PartlyDone(f"{found.lacking[0]} does not have {found.name}, the latest", hint=AGAIN)


def _remember(plan: Plan, copy: Copy, verdict: Verdict, sums: str) -> None:
    at, how = datetime.now(UTC).isoformat(timespec="seconds"), "decrypted" if verdict.contents else "authenticated"
    stored = copy.stored
    Ledger(plan.state_dir).add(
        Entry(at, plan.name, stored.name, "verified", copy.label, how, stored.size, verdict.sequence, sums)
    )


def _raise_for(found: Found, failed: Failures) -> None:
    """What was wrong in some of the stores, summed up: a bad copy before all else."""
    for label, error in failed:
        if isinstance(error, VerificationError):
            raise VerificationError(f"{found.name} in {label}: {error.message}", hint=error.hint)
    for label, error in failed:
        summed_up = StoreError if len(failed) == len(found.copies) + len(found.failed) else PartlyDone
        raise summed_up(f"{found.name} was not verified: {named(label, error).message}", hint=error.hint)


def _say_at_once(found: Found, label: str, error: BackuptoolError) -> None:
    if not found.only_store:  # else it is all that is said at the end
        log.error("%s", named(label, error).message)


def _all_failed(found: Found, failed: Failures) -> Rows:
    return [
        {"backup": found.name, "store": label, "verdict": "failed", "error": error.message} for label, error in failed
    ]


def _show(arguments: argparse.Namespace, verdicts: Verdicts, failed: Rows) -> None:
    _print(arguments, [*(as_json(label, verdict) for label, verdict in verdicts), *failed])
    if not arguments.json:
        for label, verdict in verdicts:
            say(*in_words(label, verdict, verbose=arguments.verbose > 0))


def _print(arguments: argparse.Namespace, rows: Rows) -> None:
    if arguments.json:
        say(json.dumps(rows, indent=2))
