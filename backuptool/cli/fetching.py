"""A backup that can be read: from the first store whose copy is good, and when none is, the one before it."""

from __future__ import annotations

import argparse
import logging
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime

from backuptool.bundle import Bundle, Keys
from backuptool.cli.selection import before, opening
from backuptool.config import Plan
from backuptool.copies import Copy, Found, candidates, is_of, named
from backuptool.errors import StoreError, UsageError, VerificationError
from backuptool.gone import gone
from backuptool.verify import fetched

log = logging.getLogger("backuptool")
BACK = "GOING BACK TO AN OLDER BACKUP: %s"
ANOTHER = "name the backup that is to take its place, as {}, or --at TIME"
Unreadable = VerificationError | StoreError
Passed = list[tuple[Copy, Unreadable]]


def _as_they_are(_: Copy) -> int:
    return 0


@contextmanager
def readable(
    arguments: argparse.Namespace,
    plan: Plan,
    name: str,
    rank: Callable[[Copy], int] = _as_they_are,
    passed: Passed | None = None,
    *,
    older: bool = True,
) -> Iterator[tuple[Copy, Bundle]]:
    """The copy that was taken, and the authenticated bundle; copies of low `rank` are tried first.

    Those that could not be read are added to `passed`. Raises BackuptoolError, that of the backup that was asked for;
    without `older` also where there is one before it.
    """
    at_hand = opening(arguments, plan)
    passed = [] if passed is None else passed
    coming = candidates(plan.open_stores(), plan.name, plan.host, name, before(arguments, name))
    if name == "latest" and not older:
        coming = _of_this_host(coming, plan)
    if name == "latest":
        coming = _none_gone(coming, plan, before(arguments, name), older=older)
    with ExitStack() as stack:
        yield _first(coming if older else _never_older(coming, passed), at_hand, plan, rank, stack, passed)


def _of_this_host(coming: Iterator[Found], plan: Plan) -> Iterator[Found]:
    """Raises UsageError for what another host made: nothing is replaced by that unless it is named."""
    for found in coming:
        if not is_of(found.name, plan.host):
            hint = f"name it, if that is meant: backuptool restore {plan.name} {found.name} --replace"
            raise UsageError(f"the newest backup is of another host: {found.name}", hint=hint)
        yield found


def _none_gone(coming: Iterator[Found], plan: Plan, until: datetime | None, *, older: bool) -> Iterator[Found]:
    """Says what was stored last where that is newer than the newest; without `older` raises StoreError for it."""
    newest = next(coming)
    if said := gone(plan, newest.name, until):
        if not older:
            raise StoreError(f"{said}, and --replace takes no older one by itself", hint=ANOTHER.format(newest.name))
        log.warning("%s", said)
        log.warning(BACK, newest.name)
    yield newest
    yield from coming


def _never_older(coming: Iterator[Found], passed: Passed) -> Iterator[Found]:
    """The newest alone: what an older one would replace is newer than that. Raises what was wrong with the newest."""
    newest = next(coming)
    yield newest
    for older in coming:
        error = passed[-1][1]
        raise type(error)(
            f"{newest.name} cannot be used, and --replace takes no older one by itself: {error.message}",
            hint=ANOTHER.format(older.name),
        )


def _first(
    coming: Iterator[Found], at_hand: Keys, plan: Plan, rank: Callable[[Copy], int], stack: ExitStack, passed: Passed
) -> tuple[Copy, Bundle]:
    refused: list[tuple[str, Unreadable]] = []
    for found in coming:
        if refused:
            _say(*refused[-1])
            log.warning(BACK, found.name)
        copies = sorted(found.copies, key=rank)
        for left, copy in zip(reversed(range(len(copies))), copies, strict=True):
            try:
                return copy, stack.enter_context(fetched(copy.store, copy.stored, at_hand, plan.work_dir))
            except (VerificationError, StoreError) as error:
                passed.append((copy, error))
                if left:
                    where = copy.label if found.name in error.message else f"{found.name} in {copy.label}"
                    log.error("%s; trying the next store", named(where, error).message)
                else:
                    refused.append((found.name, error))
    if len(refused) > 1:  # of those before it was said why; the first is the error
        _say(*refused[-1])
    raise named(*refused[0])  # candidates gives one at least, or raises


def _say(name: str, error: Unreadable) -> None:
    log.error("%s cannot be used: %s", name, error.message)
