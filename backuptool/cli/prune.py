"""`backuptool prune`: what retention keeps and removes in each store, and why."""

from __future__ import annotations

import argparse
import json
import logging
from collections.abc import Iterator, Mapping
from contextlib import nullcontext
from datetime import UTC, datetime
from typing import Any

from backuptool.bundle import Keys
from backuptool.cli.answers import place_of
from backuptool.cli.selection import config_file, keys, plans
from backuptool.cli.show import age, fitted, number, size
from backuptool.cli.streams import say
from backuptool.config import Plan
from backuptool.copies import Shelf, look, named
from backuptool.errors import BackuptoolError, PartlyDone, UsageError
from backuptool.evidence import proof
from backuptool.lock import locked
from backuptool.prune import Choice, Pruning
from backuptool.retention import Policy
from backuptool.sop import BEYOND

log = logging.getLogger("backuptool")
NO_RULE = "nothing says what to keep, so nothing is removed"
HINT = "put keep = { last = 7, daily = 14, weekly = 8, monthly = 12 } into the plan"
Pruned = tuple[str, str, list[Choice]]  # a plan, one of its stores, what became of each bundle there


def run(arguments: argparse.Namespace) -> None:
    """Prune the plans that have a `keep`, all their stores. Raises BackuptoolError, PartlyDone."""
    chosen = plans(arguments)
    keeping = [plan for plan in chosen if plan.keep]
    if not keeping:
        raise UsageError(NO_RULE, hint=_hint(arguments))
    done: list[Pruned] = []
    failed: list[BackuptoolError] = []
    for plan in keeping:
        try:
            with nullcontext() if arguments.dry_run else locked(plan.state_dir, plan.name):
                done += _plan(arguments, plan, failed)
        except BackuptoolError as error:
            if failed:
                log.error("plan %s: %s", plan.name, error.message)
            failed.append(error)
    _tell_of_those_without(arguments, [plan for plan in chosen if not plan.keep], failed)
    _show(arguments, done)
    _raise_for(done, failed)


def _tell_of_those_without(arguments: argparse.Namespace, without: list[Plan], failed: list[BackuptoolError]) -> None:
    """A plan without a rule that was named has failed; one that nobody named is a warning."""
    told = [f"plan {plan.name}: {NO_RULE}" for plan in without]
    if not arguments.plans:
        for line in told:
            log.warning("%s", line)
        return
    for line in told if failed else told[1:]:  # the first is in the error then
        log.error("%s", line)
    failed += [UsageError(line, hint=_hint(arguments)) for line in told]


def _hint(arguments: argparse.Namespace) -> str:
    return HINT if config_file(arguments) else f"{BEYOND}: {HINT}"


def _plan(arguments: argparse.Namespace, plan: Plan, failed: list[BackuptoolError]) -> Iterator[Pruned]:
    shelves, away = look(plan.open_stores())
    failed += [named(*one) for one in away]
    at_hand, right = keys(arguments, plan), arguments.clock_is_right
    for shelf in shelves:
        try:
            assert plan.keep is not None  # noqa: S101 - only such plans are asked for
            choices = pruned(plan, plan.keep, shelf, at_hand, datetime.now(UTC), right=right, dry=arguments.dry_run)
        except BackuptoolError as error:
            wrong = named(shelf.label, error)
            if failed:  # else it is the error at the end
                log.error("%s", wrong.message)
            failed.append(wrong)
        else:
            yield plan.name, shelf.label, choices


def pruned(
    plan: Plan, policy: Policy, shelf: Shelf, at_hand: Keys, now: datetime, *, right: bool = False, dry: bool = False
) -> list[Choice]:
    """What becomes, or became, of each bundle on a shelf, newest first. Raises BackuptoolError."""
    pruning = Pruning(plan, policy, shelf, proof(at_hand, recipients=bool(plan.recipients)))
    choices = pruning.choose(now, clock_is_right=right)
    went = {choice.stem: choice for choice in (pruning.rehearse if dry else pruning.remove)(choices)}
    return [went.get(choice.stem, choice) for choice in choices]


def after_a_backup(arguments: argparse.Namespace, plan: Plan, proven: Mapping[str, str], now: datetime) -> list[str]:
    """Prune the stores that have the new backup, proven; what went wrong, a line each: the backup is there anyway."""
    if plan.keep is None:
        return []
    wrong: list[str] = []
    for label, store in plan.open_stores():
        if label not in proven:
            continue
        if proven[label] == "size":
            log.warning("%s is not pruned: of what it has only the size was looked at; backuptool prune does it", label)
            continue
        try:
            shelf = Shelf(label, store, store.list())
            choices = pruned(plan, plan.keep, shelf, keys(arguments, plan), now)
        except BackuptoolError as error:
            wrong.append(f"not pruned: {named(label, error).message}")
        else:
            wrong += [f"{label}: {one.stem.bundle} was not removed: {one.doubt}" for one in choices if one.doubt]
    return wrong


def _raise_for(done: list[Pruned], failed: list[BackuptoolError]) -> None:
    if failed and not done:
        raise failed[0]
    if failed:
        raise PartlyDone(failed[0].message, hint=failed[0].hint)
    doubtful = [choice for _, _, choices in done for choice in choices if choice.doubt]
    if doubtful:
        raise PartlyDone(
            f"left alone: {number(len(doubtful), 'file')} with a bundle's name: {doubtful[0].doubt}",
            hint=f"look at {doubtful[0].stem.bundle}; an old passphrase belongs in old_passphrase_files",
        )


def _show(arguments: argparse.Namespace, done: list[Pruned]) -> None:
    if arguments.json:
        rows = [_as_json(plan, label, one, dry=arguments.dry_run) for plan, label, all_ in done for one in all_]
        say(json.dumps(rows, indent=2))
        return
    now, named = datetime.now(UTC), len({plan for plan, _, _ in done}) > 1
    for plan, label, choices in done:
        gone = sum(choice.goes for choice in choices)
        verb = "would be removed" if arguments.dry_run else "removed"
        say(f"{place_of(plan, label, named=named)}: {len(choices) - gone} kept, {gone} {verb}")
        if choices:
            say(fitted([_cells(choice, now) for choice in choices]))


def _cells(choice: Choice, now: datetime) -> tuple[str, ...]:
    """By its time alone and the rules' names alone: so that it fits into 80 columns; --json has all of it."""
    why = ", ".join(" ".join(filter(str.isalpha, reason.split())) for reason in choice.reasons)
    why = why or choice.doubt or choice.against
    what = "remove" if choice.goes else "doubt" if choice.doubt else "keep"
    created = choice.stem.created
    return f"  {created:%Y-%m-%d %H:%M:%S}", size(choice.stored.size), age(now - created), what, why


def _as_json(plan: str, label: str, choice: Choice, *, dry: bool) -> dict[str, Any]:
    return {
        "plan": plan,
        "store": label,
        "backup": choice.stem.bundle,
        "size": choice.stored.size,
        "created": choice.stem.created.isoformat(),
        "action": "remove" if choice.goes else "keep",
        "done": choice.goes and not dry,
        "reasons": list(choice.reasons) or [choice.against] * choice.goes,
        "doubt": choice.doubt or None,
    }
