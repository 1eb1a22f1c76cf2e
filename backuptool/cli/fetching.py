"""A backup that can be read: from the first store whose copy is good, and when none is, the one before it."""

from __future__ import annotations

import argparse
import logging
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

from backuptool.bundle import Bundle, Keys
from backuptool.cli.selection import before, keys
from backuptool.config import Plan
from backuptool.copies import Copy, Found, candidates
from backuptool.errors import StoreError, VerificationError
from backuptool.verify import fetched

log = logging.getLogger("backuptool")
Unreadable = (VerificationError, StoreError)


def _as_they_are(_: Copy) -> int:
    return 0


@contextmanager
def readable(
    arguments: argparse.Namespace, plan: Plan, name: str, rank: Callable[[Copy], int] = _as_they_are
) -> Iterator[tuple[Copy, Bundle]]:
    """The copy that was taken, and the authenticated bundle; copies of low `rank` are tried first.

    Raises BackuptoolError, that of the backup that was asked for.
    """
    at_hand = keys(arguments, plan)
    coming = candidates(plan.open_stores(), plan.name, name, before(arguments, name))
    with ExitStack() as stack:
        yield _first(coming, at_hand, plan, rank, stack)


def _first(
    coming: Iterator[Found], at_hand: Keys, plan: Plan, rank: Callable[[Copy], int], stack: ExitStack
) -> tuple[Copy, Bundle]:
    first: Exception | None = None
    for found in coming:
        if first is not None:
            log.warning("GOING BACK TO AN OLDER BACKUP: %s", found.name)
        try:
            return _copy(found, at_hand, plan, rank, stack)
        except Unreadable as error:
            log.error("%s cannot be used: %s", found.name, error.message)
            first = first or error
    assert first is not None  # noqa: S101 - candidates gives one at least, or raises
    raise first


def _copy(
    found: Found, at_hand: Keys, plan: Plan, rank: Callable[[Copy], int], stack: ExitStack
) -> tuple[Copy, Bundle]:
    *others, last = sorted(found.copies, key=rank)
    for copy in others:
        try:
            return copy, stack.enter_context(fetched(copy.store, copy.stored, at_hand, plan.work_dir))
        except Unreadable as error:
            log.error("%s in %s: %s; trying the next store", found.name, copy.label, error.message)
    return last, stack.enter_context(fetched(last.store, last.stored, at_hand, plan.work_dir))
