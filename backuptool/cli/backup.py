"""`backuptool backup`: every plan that is named; one that fails does not keep the next from being made."""

from __future__ import annotations

import argparse
import json
import logging
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from backuptool.amounts import size, took
from backuptool.announced import Run, announce_failure, announced
from backuptool.backup import Made, backup, in_words
from backuptool.cli import prune
from backuptool.cli.selection import plans
from backuptool.cli.streams import say
from backuptool.config import Plan
from backuptool.copies import named
from backuptool.errors import BackuptoolError, Interrupted, Locked, Overdue, PartlyDone, of_this_host
from backuptool.interruption import within
from backuptool.ledger import Ledger
from backuptool.lock import locked

log = logging.getLogger("backuptool")


@dataclass(slots=True)
class Outcome:
    """What became of a plan: a backup, an error, or both when it is not in every store."""

    plan: str
    run: Run
    error: BackuptoolError | None = None
    seconds: float = field(init=False)

    def __post_init__(self) -> None:
        self.seconds = self.run.seconds  # later the run would have taken as long as the plans behind it, too


def make(arguments: argparse.Namespace) -> None:
    """Make a backup of each plan, and show what was made before what failed is raised. Raises BackuptoolError."""
    chosen = plans(arguments)
    outcomes: list[Outcome] = []
    for plan in chosen:
        if len(chosen) > 1:
            log.info("backing up %s", plan.name)
        outcomes.append(_outcome(arguments, plan))
    if len(chosen) > 1:
        for one in outcomes:
            log.log(*_summed_up(one))
    _show(arguments, outcomes)
    without = [one.error for one in outcomes if one.error and not one.run.made]
    if without:
        raise _of_plans(without, len(chosen))
    for one in outcomes:
        if one.error:
            raise one.error


def _of_plans(errors: list[BackuptoolError], count: int) -> BackuptoolError:
    """What went wrong with some of so many plans; a run that is under way says the least."""
    first = min(errors, key=lambda error: isinstance(error, Locked))
    if count == 1:
        return first
    message = f"{len(errors)} of {count} plans failed: {first.message}"
    if len(errors) < count:
        return PartlyDone(message, hint=first.hint)
    first.message = message
    return first


def _outcome(arguments: argparse.Namespace, plan: Plan) -> Outcome:
    run, before = Run(), len(Ledger(plan.state_dir).of(plan.name))
    try:
        with (
            _alone(plan, run),
            announced(plan, run),
            within(plan.time_limit, f"the backup of {plan.name}"),
        ):
            now = datetime.now(UTC)
            run.made = backup(plan, now)
            unpruned = prune.after_a_backup(arguments, plan, run.made.stores, now)
            for line in unpruned if run.made.failed else unpruned[1:]:  # the first is in the error then
                log.error("%s", line)
            if run.made.failed:
                raise _in_some_only(run.made)
            if unpruned:
                hint = "backuptool prune --dry-run shows all of it"
                raise PartlyDone(f"the backup is made; {unpruned[0]}", hint=hint)
    except Interrupted:
        _tell_what_stays(plan, before)
        raise
    except BackuptoolError as error:
        if isinstance(error, Overdue):
            _tell_what_stays(plan, before)
        return Outcome(plan.name, run, error)
    except OSError as error:  # of which the next plan's run may meet nothing
        log.debug("where it happened", exc_info=error)
        return Outcome(plan.name, run, of_this_host(error))
    return Outcome(plan.name, run)


@contextmanager
def _alone(plan: Plan, run: Run) -> Iterator[None]:
    """The plan's lock. Who finds another run under way tells nobody, that one does; of a lock that cannot be had at all
    nobody else would tell. Raises BackuptoolError."""
    with ExitStack() as stack:
        try:
            stack.enter_context(locked(plan.state_dir, plan.name))
        except Locked:
            raise
        except BackuptoolError as error:
            announce_failure(plan, run, error)
            raise
        yield


def _tell_what_stays(plan: Plan, before: int) -> None:
    """What a run that was ended had stored by then, which nothing takes back: in the ledger it is behind the entries
    that were there `before`."""
    stored = [one for one in Ledger(plan.state_dir).of(plan.name)[before:] if one.event == "stored"]
    for name in dict.fromkeys(one.bundle for one in stored):
        where = ", ".join(one.store for one in stored if one.bundle == name)
        log.warning("%s stays where it is stored: %s", name, where)


def _summed_up(one: Outcome) -> tuple[int, str]:
    """A line at the end for each of several plans, and how loud: what failed is said to everybody."""
    if one.error:
        said = f"{one.error.message}; hint: {one.error.hint}"
        return logging.ERROR, f"plan {one.plan}: FAILED in {took(one.seconds)}: {said}"
    assert one.run.made is not None  # noqa: S101 - there is no third outcome
    return logging.INFO, f"plan {one.plan}: {one.run.made.name}, {size(one.run.made.size)} in {took(one.seconds)}"


def _in_some_only(made: Made) -> PartlyDone:
    label, error = made.failed[0]
    there, wrong = ", ".join(made.stores), named(label, error).message
    return PartlyDone(f"{made.name} is in {there} only; {wrong}", hint=error.hint)


def _show(arguments: argparse.Namespace, outcomes: list[Outcome]) -> None:
    if arguments.json:
        say(json.dumps([_as_json(one) for one in outcomes], indent=2))
    elif sys.stdout is not None and (arguments.verbose or sys.stdout.isatty()):
        for made in (one.run.made for one in outcomes if one.run.made):
            stored = (f"  {in_words(proof)} in {at}" for at, proof in made.stores.items())
            say(f"{made.name}  {size(made.size)}", *stored)


def _as_json(one: Outcome) -> dict[str, Any]:
    made, error = one.run.made, one.error.message if one.error else None
    if made is None:
        return {"plan": one.plan, "backup": None, "size": None, "stores": {}, "failed": [], "error": error}
    failed = [{"store": label, "error": error.message} for label, error in made.failed]
    told = {"backup": made.name, "size": made.size, "stores": made.stores, "failed": failed}
    return {"plan": one.plan, **told, "error": error}
