"""`backuptool drill`: the off-site copy, restored where it hurts nobody, and compared."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from backuptool.bundle import Bundle, opened
from backuptool.cli.fetching import Passed, readable
from backuptool.cli.old import refuse_drill
from backuptool.cli.selection import before, opening, selected
from backuptool.cli.show import number
from backuptool.cli.streams import say
from backuptool.config import Plan
from backuptool.copies import Copy, named
from backuptool.drill import Drilled, drill
from backuptool.errors import PartlyDone, SourceError, StoreError, VerificationError
from backuptool.gone import AGAIN, gone
from backuptool.interruption import within
from backuptool.ledger import Entry, Ledger
from backuptool.printable import on_one_line
from backuptool.proof import Proof
from backuptool.sources.sql import identifier
from backuptool.stores.directory import DirectoryStore
from backuptool.throwaway import origin, throwaway


def run(arguments: argparse.Namespace) -> None:
    """Drill a backup, say what came of it, remember it.

    Raises VerificationError when the copy is not the original, or when an older one had to be drilled.
    """
    refuse_drill(arguments)
    if _is_alone(arguments):
        _alone(arguments)
        return
    plan, name = selected(arguments)
    where, passed = origin(plan.shell, plan.drill.image), Passed()
    with (
        within(plan.time_limit, f"the drill of {plan.name}"),
        _remembering(plan, passed),
        _bundle(arguments, plan, name, passed) as (copy, bundle),
        throwaway(bundle.contents.server, where, plan.drill.memory, plan.drill.settings) as server,
        _failing(plan, copy, bundle),
    ):
        drilled = drill(bundle, server, plan.extra_args, plan.drill.assertions)
        _remember(plan, copy, bundle, "different" if drilled.proof.differences else "same")
    _tell(arguments, copy.label if copy else "", drilled, len(plan.drill.assertions))
    _raise_for(passed, drilled)
    taken, until = drilled.stem.bundle, before(arguments, name)
    if name == "latest" and not arguments.file and (missed := gone(plan, taken, until)):
        raise VerificationError(f"{missed}; {taken} was drilled", hint=AGAIN)


def _is_alone(arguments: argparse.Namespace) -> bool:
    """Whether the command line says all, and names no plan."""
    opens = arguments.passphrase_file or arguments.identity
    return bool(arguments.file and opens and arguments.config is None and not arguments.names and not arguments.at)


def _alone(arguments: argparse.Namespace) -> None:
    """A bundle and what opens it are enough for a drill on embedded PostgreSQL."""
    with opened(arguments.file, opening(arguments)) as bundle, throwaway(bundle.contents.server, None, "") as server:
        drilled = drill(bundle, server)
    _tell(arguments, "", drilled, 0)


@contextmanager
def _remembering(plan: Plan, passed: Passed) -> Iterator[None]:
    """Write down at the end which copies could not even be read: the last drill counts, and these are newer ones.

    A store that did not give a copy has said nothing about it.
    """
    try:
        yield
    finally:
        for copy, error in passed:
            if isinstance(error, VerificationError):
                _write(plan, copy, "failed")


@contextmanager
def _failing(plan: Plan, copy: Copy | None, bundle: Bundle) -> Iterator[None]:
    try:
        yield
    except (SourceError, VerificationError):
        _remember(plan, copy, bundle, "failed")
        raise


def _raise_for(passed: Passed, drilled: Drilled) -> None:
    """That one was drilled does not make up for those that could not be."""
    name = drilled.stem.bundle
    for copy, error in sorted(passed, key=lambda one: isinstance(one[1], StoreError)):
        damaged = isinstance(error, VerificationError)
        raised = VerificationError if damaged else PartlyDone
        instead = "its copy in another store" if copy.stored.name == name else name
        raise raised(
            f"{copy.stored.name} {'is bad' if damaged else 'was not read'}, {instead} was drilled: "
            f"{named(copy.label, error).message}",
            hint=error.hint,
        )


def _tell(arguments: argparse.Namespace, label: str, drilled: Drilled, assertions: int) -> None:
    if arguments.json:
        say(json.dumps(_as_json(label, drilled), indent=2))
    else:
        say(*_in_words(drilled, assertions))
    if drilled.proof.differences:
        first, *others = drilled.proof.differences
        more = f" (and {len(others)} more)" if others else ""
        only_unmet = drilled.proof.unmet == drilled.proof.differences
        how = "restores to what was dumped, but" if only_unmet else "does not restore to what was dumped:"
        raise VerificationError(f"{drilled.stem.bundle} {how} {first}{more}", hint=_hint(drilled.proof))


def _hint(proof: Proof) -> str:
    if proof.unmet == proof.differences:
        return "look at the data that were dumped, or correct drill.assert in the plan"
    updates = "; ".join(f"ALTER EXTENSION {identifier(name)} UPDATE" for name in proof.outdated)
    update = f"{updates} in the source database, " if updates else ""
    if len(proof.outdated) == len(proof.differences):
        same = "all else that was compared is the same; a restore makes the version that is its server's default"
        return f"{same}: {update}then back up again"
    return f"do not rely on it; {update}make a new backup, drill that, and look what is different about this database"


@contextmanager
def _bundle(
    arguments: argparse.Namespace, plan: Plan, name: str, passed: Passed
) -> Iterator[tuple[Copy | None, Bundle]]:
    """The bundle, and the stored copy that it is from; copies that are elsewhere before those on this host."""
    if arguments.file:
        before(arguments, name)
        with opened(arguments.file, opening(arguments, plan)) as bundle:
            yield None, bundle
        return
    with readable(arguments, plan, name, _is_here, passed) as (copy, bundle):
        yield copy, bundle


def _is_here(copy: Copy) -> int:
    return isinstance(copy.store, DirectoryStore)


def _remember(plan: Plan, copy: Copy | None, bundle: Bundle, how: str) -> None:
    """Of a bundle that is in no store nothing is."""
    if copy:
        _write(plan, copy, how, bundle.manifest.sequence, bundle.sums_digest)


def _write(plan: Plan, copy: Copy, how: str, sequence: int = 0, sums: str = "") -> None:
    at, stored = datetime.now(UTC).isoformat(timespec="seconds"), copy.stored
    Ledger(plan.state_dir).add(
        Entry(at, plan.name, stored.name, "drilled", copy.label, how, stored.size, sequence, sums)
    )


def _in_words(drilled: Drilled, assertions: int) -> Iterator[str]:
    yield drilled.stem.bundle
    yield f"  restored in {drilled.seconds:.1f} s into {drilled.server}"
    yield f"  decrypted by {drilled.opened_by}"
    proof, outcome = drilled.proof, drilled.proof.outcome
    yield f"  compared: {number(outcome.tables, 'table')}, {number(outcome.rows, 'row')}, sequences, large objects,"
    words = f", definitions, properties{', roles' if proof.roles else ''}" if proof.in_words else ""
    yield f"    extensions{words}" + (f", {number(assertions, 'assertion')}" if assertions else "")
    yield from (f"  note: {on_one_line(note)}" for note in proof.notes)
    yield from (f"  DIFFERENT: {on_one_line(difference)}" for difference in proof.differences)
    if not proof.differences:
        yield "  the same, byte for byte" if outcome.same_text else "  the same"


def _as_json(label: str, drilled: Drilled) -> dict[str, Any]:
    return {
        "backup": drilled.stem.bundle,
        "store": label or None,
        "server": drilled.server,
        "decrypted_by": drilled.opened_by,
        "seconds": round(drilled.seconds, 3),
        "tables": drilled.proof.outcome.tables,
        "rows": drilled.proof.outcome.rows,
        "same_text": drilled.proof.outcome.same_text,
        "verdict": "different" if drilled.proof.differences else "same",
        "differences": list(drilled.proof.differences),
        "notes": list(drilled.proof.notes),
    }
