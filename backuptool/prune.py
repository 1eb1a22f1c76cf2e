"""Removes from a store what retention does not keep: only what is proven to be this plan's and this host's.

What counts as a newer bundle was made here, as the ledger knows, or proves itself by its last bytes: whoever can write
into the store must not be able to push good backups out with files that only have their names. A listing that lacks
some cannot lead to more being removed (tests/test_retention.py).
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from backuptool.bundle import Stem
from backuptool.clock import Pause, pauses, refuse_before, refuse_pause, refuse_younger
from backuptool.config import Plan
from backuptool.copies import Shelf
from backuptool.errors import BackuptoolError
from backuptool.evidence import Evidence, Prove
from backuptool.ledger import Ledger
from backuptool.retention import Decision, Policy, decide
from backuptool.stores import Stored

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Choice:
    """What is to become of a bundle: kept for these reasons, or removed because of what is `against` it.

    With a `doubt` it neither counts nor goes.
    """

    stored: Stored
    stem: Stem
    reasons: tuple[str, ...] = ()
    doubt: str = ""
    against: str = ""

    @property
    def goes(self) -> bool:
        """Whether it is to be removed."""
        return not self.reasons and not self.doubt


class Pruning:
    """The bundles of `plan`, made on this host, on one `shelf`."""

    def __init__(self, plan: Plan, policy: Policy, shelf: Shelf, prove: Prove) -> None:
        self._plan, self._policy, self._shelf = plan, policy, shelf
        self._evidence = Evidence(Ledger(plan.state_dir), plan.name, shelf, prove)
        self._confirmed: list[Pause] = []

    def choose(self, now: datetime, *, clock_is_right: bool = False) -> list[Choice]:
        """A choice about each, newest first. Raises BackuptoolError when clock or listing are not to be trusted."""
        own = self._own(now)
        doubts = {stem: self._evidence.doubt(stored) for stem, stored in own.items()}
        refuse_before(_counted(doubts), now)
        decided = {one.stem: one for one in self._decided(own, doubts, now)}
        choices = [
            Choice(own[stem], stem, one.reasons if one else (), doubts[stem], one.against if one else "")
            for stem in sorted(own, reverse=True)
            for one in [decided.get(stem)]
        ]
        found = pauses(_counted(doubts), now, self._policy.minimum)
        self._confirmed = found if clock_is_right else []
        if any(choice.goes for choice in choices):
            refuse_incomplete(self._evidence, self._shelf)
            if not clock_is_right:
                newest = _counted(doubts)[0]
                refuse_younger(newest, own[newest].modified)
                refuse_unconfirmed(self._evidence, found)
        return choices

    def remove(self, choices: list[Choice]) -> Iterator[Choice]:
        """Remove those that go, oldest first: as they went, or with a doubt and still there. Raises StoreError."""
        for last, _ in self._confirmed:
            self._evidence.remember("pause", Stored(last.bundle, 0), how="confirmed")
        for choice, sequence in self._proven(choices):
            if choice.goes:
                self._evidence.remember("removed", choice.stored, sequence)  # before: a killed run cannot say it
                self._shelf.store.delete(choice.stored.name)
                log.info("removed %s from %s", choice.stored.name, self._shelf.label)
            yield choice

    def rehearse(self, choices: list[Choice]) -> Iterator[Choice]:
        """What `remove` would say, and nothing is removed. Raises StoreError."""
        return (choice for choice, _ in self._proven(choices))

    def _proven(self, choices: list[Choice]) -> Iterator[tuple[Choice, int]]:
        """Those that are to go, oldest first, each with its number; with a doubt where it does not prove itself."""
        for choice in reversed(choices):
            if choice.goes:
                sequence, against = self._evidence.proven(choice.stored)
                yield replace(choice, doubt=against), sequence or 0

    def _own(self, now: datetime) -> dict[Stem, Stored]:
        ours = Stem.now(self._plan.name, self._plan.host, now)
        found = [(stem, one) for one in self._shelf.listed if (stem := Stem.of_bundle(one.name))]
        return {stem: stored for stem, stored in found if (stem.plan, stem.host) == (ours.plan, ours.host)}

    def _decided(self, own: dict[Stem, Stored], doubts: dict[Stem, str], now: datetime) -> list[Decision]:
        """About each that counts.

        Where any goes the newest prove themselves anew, whatever the ledger knows of their names; one that does not
        is added to `doubts`, and does not count.
        """
        minimum, proven = self._policy.minimum, set[Stem]()
        while True:
            counted = _counted(doubts)
            made_last = self._evidence.made_last(counted, minimum)
            decided = decide(counted, self._policy, now, made_last)
            unproven = {*counted[:minimum], *made_last} - proven
            if not unproven or all(one.kept for one in decided):
                return decided
            doubts |= {stem: self._evidence.proven(own[stem])[1] for stem in unproven}
            proven |= unproven


def refuse_incomplete(evidence: Evidence, shelf: Shelf) -> None:
    """A store that does not list what it got last may have lost, or hide, more than that. Raises BackuptoolError."""
    stored, listed = evidence.names("stored"), {one.name for one in shelf.listed}
    if stored and stored[-1] not in listed:
        raise BackuptoolError(
            f"nothing is removed: {stored[-1]} was stored there last and is not listed",
            hint="look into the store; if it was deleted on purpose, the next backup settles it",
        )


def refuse_unconfirmed(evidence: Evidence, found: Sequence[Pause]) -> None:
    """Raises BackuptoolError where there was a pause of which nobody said that it was one."""
    refuse_pause([one for one in found if one[0].bundle not in evidence.names("pause")])


def _counted(doubts: dict[Stem, str]) -> list[Stem]:
    """Those without a doubt, newest first."""
    return sorted((stem for stem in doubts if not doubts[stem]), reverse=True)
