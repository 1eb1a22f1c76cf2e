"""`backuptool list`: what is stored where; a store that does not answer is named, and the others are shown."""

from __future__ import annotations

import argparse
import json
import logging
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import groupby

from backuptool.bundle import Stem
from backuptool.cli.going import Going, going
from backuptool.cli.selection import names_old, plans
from backuptool.cli.show import age, ago, fitted, size
from backuptool.cli.streams import say
from backuptool.config import Plan
from backuptool.copies import Failure, Shelf, bundles, look, old_backups
from backuptool.errors import BackuptoolError, PartlyDone
from backuptool.ledger import Entry, Ledger, other_size
from backuptool.past import created

log = logging.getLogger("backuptool")
Row = dict[str, object]
# How a stored bundle was proven, as a person reads it.
PROOFS = {"download": "read back", "server-hash": "server's sum", "size": "size only"}
PROVEN = {"stored", "verified"}  # events that say how much of a backup was looked at
DRILLED = {"drilled"}


def show(arguments: argparse.Namespace) -> None:
    """List each plan's backups. Raises what is wrong with the first plan when none has a store that answers, PartlyDone
    when some do not."""
    chosen = plans(arguments)
    rows: list[Row] = []
    empty: list[str] = []
    failed: list[Failure] = []
    refused: list[BackuptoolError] = []
    silent: list[BackuptoolError] = []
    for plan in chosen:
        try:
            shelves, away = look(plan.open_stores())
        except BackuptoolError as error:  # no answer, or a password file that is not there
            if silent:  # the first is in the error at the end
                log.error("plan %s: %s", plan.name, error.message)
            silent.append(error)
        else:
            what_goes = {shelf.label: going(plan, shelf) for shelf in shelves}
            of_plan = _rows(plan, shelves, what_goes)
            refused += [one.refused for one in what_goes.values() if one.refused]
            having = {row["store"] for row in of_plan}
            empty += [f"{shelf.label}: no backups of {plan.name}" for shelf in shelves if shelf.label not in having]
            rows += of_plan
            failed += away
    if silent and len(silent) == len(chosen):
        raise silent[0]
    _print(arguments, rows, empty, refused)
    if silent:
        raise PartlyDone(f"the list is not complete: {silent[0].message}", hint=silent[0].hint)
    if failed:
        label, failure = failed[0]
        raise PartlyDone(f"the list is not complete: {label} did not answer", hint=failure.hint)


def _rows(plan: Plan, shelves: list[Shelf], what_goes: dict[str, Going]) -> list[Row]:
    known: dict[tuple[str, str], list[Entry]] = {}
    for entry in Ledger(plan.state_dir).of(plan.name):
        if entry.event in PROVEN | DRILLED:
            known.setdefault((entry.bundle, entry.store), []).append(entry)
    return [
        {
            "plan": plan.name,
            "backup": stored.name,
            "size": stored.size,
            "created": when.isoformat(),
            "store": shelf.label,
            "authenticated": False if names_old(stored.name) else None,  # of a bundle, verify tells
            **_proof(_last(PROVEN, about)),
            **_drill(_last(DRILLED, about)),
            "pruned": what_goes[shelf.label].when.get(stored.name),
            "size_changed": other_size(entries, stored.size) is not None,
        }
        for shelf in shelves
        for stored in (*old_backups(shelf.listed), *bundles(shelf.listed, plan.name))
        for entries in [known.get((stored.name, shelf.label), [])]
        for about in [_of_size(stored.size, entries)]
        if (when := _created(stored.name))
    ]


def _of_size(size: int, entries: list[Entry]) -> list[Entry]:
    """Those about a file of this size: of another one they vouch for nothing."""
    return [entry for entry in entries if entry.size == size]


def _last(events: set[str], entries: list[Entry]) -> Entry | None:
    return next((entry for entry in reversed(entries) if entry.event in events), None)


def _proof(entry: Entry | None) -> Row:
    """What was proven last, as far as the ledger knows."""
    return {"verified": entry.how if entry else None, "verified_at": entry.at if entry else None}


def _drill(entry: Entry | None) -> Row:
    return {"drilled": entry.how if entry else None, "drilled_at": entry.at if entry else None}


def _created(name: str) -> datetime | None:
    stem = Stem.of_bundle(name)
    return stem.created if stem else created(name)


def _print(arguments: argparse.Namespace, rows: list[Row], empty: list[str], refused: list[BackuptoolError]) -> None:
    """`empty`: a line for each store that answered and has nothing of a plan: a person sees that it was asked.
    `refused`: why prune would remove nothing."""
    if arguments.json:
        say(json.dumps(rows, indent=2))
        return
    now = datetime.now(UTC)
    for label, of_store in groupby(rows, key=lambda row: str(row["store"])):
        say(label, fitted([_cells(row, now) for row in of_store]))
    if any(row["pruned"] for row in rows):
        say("-: removed after the next backup")
    for line in dict.fromkeys(f"{error.message}\nhint: {error.hint}" for error in refused):
        say(line)
    if empty:
        say(*empty)


def _cells(row: Row, now: datetime) -> tuple[str, ...]:
    when = datetime.fromisoformat(str(row["created"]))
    mark = "-" if row["pruned"] else " "
    return f"{mark} {row['backup']}", size(int(str(row["size"]))), age(now - when), ", ".join(_notes(row, now))


def _notes(row: Row, now: datetime) -> Iterator[str]:
    if row["authenticated"] is False:
        yield "unauthenticated"
    if row["size_changed"]:
        yield "size changed"
    if row["drilled"] is None and row["verified"]:
        yield PROOFS.get(str(row["verified"]), str(row["verified"]))
    elif row["verified"] == "size":
        yield "size only"
    if row["drilled"]:
        when = ago(now - datetime.fromisoformat(str(row["drilled_at"])))
        yield f"{'drilled' if row['drilled'] == 'same' else 'DRILL FAILED'} {when}"
