"""Removes from a store what retention does not keep: only what is proven to be this plan's and this host's.

What counts as a newer bundle was made here, as the ledger knows, or proves itself by its last bytes: whoever can write
into the store must not be able to push good backups out with files that only have their names. A listing that lacks
some cannot lead to more being removed (tests/test_prune.py).
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from statistics import median

from backuptool.bundle import Keys, Stem, authenticate_tail
from backuptool.config import Plan
from backuptool.copies import Shelf
from backuptool.errors import BackuptoolError, VerificationError
from backuptool.ledger import Entry, Event, Ledger
from backuptool.retention import Policy, decide
from backuptool.stores import Store, Stored

log = logging.getLogger(__name__)
SLACK = timedelta(minutes=10)  # a clock that is set back by ntp
ABROAD = timedelta(days=1)  # a server whose clock nobody looks after
JUMP = timedelta(days=45)  # more than a month: monthly backups are usual


@dataclass(frozen=True, slots=True)
class Choice:
    """What is to become of a bundle: kept for these reasons, or removed. With a `doubt` it neither counts nor goes."""

    stored: Stored
    stem: Stem
    reasons: tuple[str, ...] = ()
    doubt: str = ""

    @property
    def goes(self) -> bool:
        """Whether it is to be removed."""
        return not self.reasons and not self.doubt


# The sequence of a stored bundle, proven by its last bytes; None where there is no key to prove it with.
# Raises VerificationError, StoreError.
Prove = Callable[[Store, Stored], int | None]


def proof(keys: Keys) -> Prove:
    """The proof by these keys."""

    def prove(store: Store, stored: Stored) -> int | None:
        if not (keys.secrets or keys.identity or keys.signers):
            return None
        tail = authenticate_tail(stored.name, stored.size, lambda start: store.open(stored.name, start), keys)
        return tail.sequence

    return prove


class Pruning:
    """The bundles of `plan`, made on this host, on one `shelf`."""

    def __init__(self, plan: Plan, policy: Policy, shelf: Shelf, prove: Prove) -> None:
        self._plan, self._policy, self._shelf, self._prove = plan, policy, shelf, prove
        self._ledger = Ledger(plan.state_dir)
        known = [entry for entry in self._ledger.of(plan.name) if entry.store == shelf.label]
        self._known = {(one.bundle, one.size) for one in known if one.event in {"stored", "verified", "authenticated"}}

    def choose(self, now: datetime, *, clock_is_right: bool = False) -> list[Choice]:
        """A choice about each, newest first. Raises BackuptoolError when the clock is not to be trusted."""
        ours = Stem.now(self._plan.name, self._plan.host, now)
        found = [(stem, one) for one in self._shelf.listed if (stem := Stem.of_bundle(one.name))]
        own = {stem: stored for stem, stored in found if (stem.plan, stem.host) == (ours.plan, ours.host)}
        doubts = {stem: self._doubt(stored) for stem, stored in own.items()}
        counted = sorted((stem for stem in own if not doubts[stem]), reverse=True)
        _refuse_clock_before(counted, now)
        because = {one.stem: one.reasons for one in decide(counted, self._policy, now)}
        choices = [Choice(own[stem], stem, because.get(stem, ()), doubts[stem]) for stem in sorted(own, reverse=True)]
        if not clock_is_right and any(choice.goes for choice in choices):
            _refuse_clock_ahead([(stem, own[stem]) for stem in counted], now)
        return choices

    def remove(self, choices: list[Choice]) -> Iterator[Choice]:
        """Remove those that go, oldest first: as they went, or with a doubt and still there. Raises StoreError."""
        for choice in reversed(choices):
            if not choice.goes:
                continue
            try:
                sequence = self._prove(self._shelf.store, choice.stored)
            except VerificationError as error:
                yield replace(choice, doubt=error.message)
                continue
            self._shelf.store.delete(choice.stored.name)
            self._remember(choice.stored, "removed", sequence)
            log.info("removed %s from %s", choice.stored.name, self._shelf.label)
            yield choice

    def _doubt(self, stored: Stored) -> str:
        if (stored.name, stored.size) in self._known:
            return ""
        try:
            sequence = self._prove(self._shelf.store, stored)
        except VerificationError as error:
            return error.message
        if sequence is None:
            return "nothing at hand proves it, and the ledger does not know it"
        self._remember(stored, "authenticated", sequence)
        return ""

    def _remember(self, stored: Stored, event: Event, sequence: int | None) -> None:
        at = datetime.now(UTC).isoformat(timespec="seconds")
        self._ledger.add(
            Entry(at, self._plan.name, stored.name, event, self._shelf.label, "tail", stored.size, sequence or 0, "")
        )


def _refuse_clock_before(newest_first: list[Stem], now: datetime) -> None:
    if newest_first and newest_first[0].created > now + SLACK:
        raise BackuptoolError(
            f"nothing is removed: this host's clock says {now:%Y-%m-%d %H:%M} UTC, before {newest_first[0].bundle}",
            hint="set the clock; or delete that bundle by hand, if its time is the wrong one",
        )


def _refuse_clock_ahead(newest_first: list[tuple[Stem, Stored]], now: datetime) -> None:
    """A bundle cannot be older in the store than by its name; and a long gap is a pause, or a clock that jumped."""
    newest, stored = newest_first[0]
    hint = "is the clock right? then: backuptool prune --clock-is-right"
    if stored.modified and newest.created > stored.modified + ABROAD:
        raise BackuptoolError(
            f"nothing is removed: {newest.bundle} was stored on {stored.modified:%Y-%m-%d}, by the store's clock",
            hint=hint,
        )
    moments = [now, *(stem.created for stem, _ in newest_first)]
    gaps = [later - earlier for later, earlier in pairwise(moments)]
    usual = median(gap.total_seconds() for gap in gaps[2:]) if gaps[2:] else 0
    longest = max(gaps[:2])
    if longest > max(JUMP, timedelta(seconds=3 * usual)):
        raise BackuptoolError(f"nothing is removed: {longest.days} days passed without a backup", hint=hint)
