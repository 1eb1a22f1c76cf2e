"""Histories with clocks that jump, listings that lack some, planted files, two hosts in one folder, a lost ledger."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar

import pytest
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test

from backuptool.bundle import Stem
from backuptool.config import Plan, PlanTable
from backuptool.copies import Shelf
from backuptool.errors import BackuptoolError, VerificationError
from backuptool.evidence import Evidence, Prove
from backuptool.ledger import Entry, Ledger
from backuptool.prune import Choice, Pruning
from backuptool.retention import Decision, Policy, decide
from backuptool.stores import Store, Stored
from tests.stores.memory import MemoryStore

OURS = ("broker", "db1")
START = datetime(2026, 11, 25, 4, tzinfo=UTC)
SETTINGS = settings(max_examples=150, stateful_step_count=40, derandomize=True, database=None)
CONTROL = settings(SETTINGS, phases=[Phase.generate], report_multiple_bugs=False)
POLICIES = st.builds(
    Policy,
    last=st.integers(0, 3), daily=st.integers(0, 3), weekly=st.integers(0, 1), monthly=st.integers(0, 1),
    within=st.none() | st.timedeltas(timedelta(hours=1), timedelta(days=3)), minimum=st.integers(1, 4),
)  # fmt: skip


def genuine(name: str) -> bytes:
    """What the bundle `name` holds, in this model: it tells its own name, so that it proves nothing under another."""
    return b"genuine " + name.encode()


def by_content(store: Store, stored: Stored) -> int:
    """A proof for this model."""
    if b"".join(store.open(stored.name)) != genuine(stored.name):
        raise VerificationError("the bundle was altered")
    return 1


class History(RuleBasedStateMachine):
    """One collection over the years. What no pruning may touch is looked at around each."""

    removals: ClassVar[int] = 0  # prunings that removed something
    pruning: ClassVar[type[Pruning]] = Pruning
    prove: ClassVar[Prove] = staticmethod(by_content)
    applied: ClassVar[Callable[[Policy], Policy]] = staticmethod(lambda policy: policy)

    @initialize(policy=POLICIES)
    def begin(self, policy: Policy) -> None:
        self.folder, self.store, self.now, self.policy = Path(tempfile.mkdtemp()), MemoryStore(), START, policy
        self.off = timedelta()
        self.made: list[str] = []  # in this order, as far as the ledger knows
        table: dict[str, Any] = {
            "passphrase_file": "/none", "host": "db1", "source": {"database": "x"},
            "stores": [{"type": "directory", "path": "/none"}],
        }  # fmt: skip
        self.plan = Plan("broker", PlanTable.model_validate(table), self.folder, self.folder)
        self.store.files |= {"notes.txt": b"", "backup_2026_01_01T03_00_00.tar": b""}

    def teardown(self) -> None:
        if hasattr(self, "folder"):
            shutil.rmtree(self.folder)

    @rule(count=st.integers(1, 6), hours=st.sampled_from([6, 24, 60]), listed=st.booleans())
    def nights(self, count: int, hours: int, *, listed: bool) -> None:
        """Backups are made, and what is not kept goes after each."""
        self._back_up_and_prune(count, hours, listed=listed)

    def _back_up_and_prune(self, count: int, hours: int, *, listed: bool) -> None:
        for _ in range(count):
            self.now += timedelta(hours=hours)
            self._back_up(listed=listed)
            self._prune(self.store.list())

    def _back_up(self, *, listed: bool) -> None:
        name = Stem.now("broker", "db1", self.now).bundle
        if name in self.store.files:
            return  # no store replaces a file
        self.store.files[name] = genuine(name)
        if listed:
            size = len(genuine(name))
            entry = Entry("2026-11-23T04Z", "broker", name, "stored", "memory", "download", size, 1, "")
            Ledger(self.folder).add(entry)
            self.made.append(name)

    @rule(days=st.sampled_from([-400, -2, 2, 30, 60, 4000]))
    def the_clock_jumps(self, days: int) -> None:
        self.now += timedelta(days=days)
        self.off += timedelta(days=days)

    @precondition(lambda self: self.off)
    @rule()
    def the_clock_is_set_right(self) -> None:
        """And what it named wrongly is deleted by hand, as the hint says."""
        self.now, self.off = self.now - self.off, timedelta()
        for name in self._genuine():
            if name > Stem.now("broker", "db1", self.now).bundle:
                del self.store.files[name]

    @rule(days=st.integers(-30, 4000))
    def somebody_plants_a_file(self, days: int) -> None:
        name = Stem.now("broker", "db1", self.now + timedelta(days=days, minutes=1)).bundle
        self.store.files.setdefault(name, b"planted " + name.encode())

    @rule(first=st.integers(0, 2), count=st.integers(1, 3), nights=st.integers(0, 2))
    def some_are_altered_in_their_place(self, first: int, count: int, nights: int) -> None:
        """New ones, and as long as before: the ledger knows their names and sizes. Backups are made after it."""
        for name in self._genuine()[::-1][first : first + count]:
            self.store.files[name] = b"altered " + name.encode()
        self._back_up_and_prune(nights, 24, listed=True)

    @precondition(lambda self: self._genuine())
    @rule(data=st.data(), days=st.integers(-30, 4000))
    def one_is_renamed(self, data: st.DataObject, days: int) -> None:
        content = self.store.files.pop(data.draw(st.sampled_from(self._genuine())))
        self.store.files.setdefault(Stem.now("broker", "db1", self.now + timedelta(days=days)).bundle, content)

    @rule(days=st.integers(-1, 4000), whose=st.sampled_from([("broker", "db2"), ("other", "db1"), ("other", "db2")]))
    def a_neighbour_stores_one(self, days: int, whose: tuple[str, str]) -> None:
        name = Stem.now(*whose, self.now - timedelta(days=days)).bundle
        self.store.files.setdefault(name, genuine(name))

    @rule()
    def the_ledger_is_lost(self) -> None:
        (self.folder / "ledger.jsonl").unlink(missing_ok=True)
        self.made.clear()

    @precondition(lambda self: self.store.files)
    @rule(data=st.data(), clock_is_right=st.booleans())
    def pruned_by_a_listing_that_lacks_some(self, data: st.DataObject, *, clock_is_right: bool) -> None:
        listed = self.store.list()
        shown = data.draw(st.lists(st.sampled_from(listed), unique=True))
        self._prune(shown, clock_is_right=clock_is_right)

    @rule(clock_is_right=st.booleans())
    def pruned(self, *, clock_is_right: bool) -> None:
        """A second time there is nothing more to remove."""
        self._prune(self.store.list(), clock_is_right=clock_is_right)
        before = self.store.files.keys() | set()
        if self._prune(self.store.list(), clock_is_right=clock_is_right):
            raise AssertionError(f"more is gone: {before - self.store.files.keys()}")

    def _genuine(self) -> list[str]:
        """Our own that are whole, oldest first by their names."""
        mine = [stem for stem in map(Stem.of_bundle, self.store.files) if stem and (stem.plan, stem.host) == OURS]
        return [stem.bundle for stem in sorted(mine) if self.store.files[stem.bundle] == genuine(stem.bundle)]

    def _prune(self, listed: list[Stored], *, clock_is_right: bool = False) -> list[Choice]:
        ours = self._genuine()
        newest = {*ours[-self.policy.minimum :], *[name for name in self.made if name in ours][-self.policy.minimum :]}
        others = self.store.files.keys() - ours
        build, shelf = type(self), Shelf("memory", self.store, listed)
        one = build.pruning(self.plan, build.applied(self.policy), shelf, build.prove)
        gone: list[Choice] = []
        try:
            choices = one.choose(self.now, clock_is_right=clock_is_right)
            gone = [choice for choice in one.remove(choices) if not choice.doubt]
        except BackuptoolError:
            pass  # it refuses; what is there is looked at all the same
        History.removals += bool(gone)
        assert not newest - self.store.files.keys(), "one of the newest is gone"
        assert not others - self.store.files.keys(), "what is not ours is gone"
        assert set(ours) - self.store.files.keys() == {choice.stem.bundle for choice in gone}
        return gone


def test_whatever_happens_the_newest_and_what_is_not_ours_stay() -> None:
    before = History.removals
    run_state_machine_as_test(History, settings=SETTINGS)
    assert History.removals - before > 500, "a history in which nothing is removed shows nothing"


def believing_names(_: object, __: object) -> int:
    return 1


def forgetting_the_minimum(policy: Policy) -> Policy:
    return replace(policy, minimum=0)


class OfAnyPlan(Pruning):
    """Looks at the host only."""

    def _own(self, now: datetime) -> dict[Stem, Stored]:
        found = {stem: one for one in self._shelf.listed if (stem := Stem.of_bundle(one.name))}
        return {stem: stored for stem, stored in found.items() if stem.host == "db1"}


class OfAnyHost(Pruning):
    """Looks at the plan only."""

    def _own(self, now: datetime) -> dict[Stem, Stored]:
        found = {stem: one for one in self._shelf.listed if (stem := Stem.of_bundle(one.name))}
        return {stem: stored for stem, stored in found.items() if stem.plan == "broker"}


class ByTheLedger(Pruning):
    """Takes the ledger's word for what lies under a name."""

    def _decided(self, own: dict[Stem, Stored], doubts: dict[Stem, str], now: datetime) -> list[Decision]:
        counted = [stem for stem in doubts if not doubts[stem]]
        return decide(counted, self._policy, now, self._evidence.made_last(counted, self._policy.minimum))


class ByTheNames(Pruning):
    """Takes the names' word for which are the newest."""

    def __init__(self, plan: Plan, policy: Policy, shelf: Shelf, prove: Prove) -> None:
        super().__init__(plan, policy, shelf, prove)
        self._evidence = Forgetful(Ledger(plan.state_dir), plan.name, shelf, prove)


class Forgetful(Evidence):
    """Does not know in which order bundles were made."""

    def made_last(self, stems: object, count: int) -> list[Stem]:
        """None."""
        return []


BROKEN: list[dict[str, Any]] = [
    {"prove": staticmethod(believing_names)}, {"applied": staticmethod(forgetting_the_minimum)},
    *({"pruning": build} for build in (OfAnyPlan, OfAnyHost, ByTheLedger, ByTheNames)),
]  # fmt: skip


@pytest.mark.parametrize("broken", BROKEN, ids=["names", "minimum", "plan", "host", "ledger", "order"])
def test_a_broken_one_is_caught(broken: dict[str, Any]) -> None:
    """The positive control."""
    with pytest.raises(AssertionError, match="is gone"):
        run_state_machine_as_test(type("Broken", (History,), broken), settings=CONTROL)
