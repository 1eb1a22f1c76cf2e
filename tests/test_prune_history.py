"""Histories with clocks that jump, listings that lack some, planted files, two hosts in one folder, a lost ledger."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test

from backuptool.bundle import Stem
from backuptool.config import Plan, PlanTable
from backuptool.copies import Shelf
from backuptool.errors import BackuptoolError
from backuptool.ledger import Entry, Ledger
from backuptool.prune import Prove, Pruning
from backuptool.retention import Policy
from tests.stores.memory import MemoryStore
from tests.test_prune import GENUINE, by_content

PLANTED = b"planted"
START = datetime(2026, 11, 25, 4, tzinfo=UTC)
SETTINGS = settings(max_examples=300, stateful_step_count=40, deadline=None, derandomize=True, database=None,
                    suppress_health_check=[HealthCheck.too_slow])  # fmt: skip
CONTROL = settings(SETTINGS, phases=[Phase.generate], report_multiple_bugs=False)
POLICIES = st.builds(
    Policy,
    last=st.integers(0, 4), daily=st.integers(0, 4), weekly=st.integers(0, 3), monthly=st.integers(0, 3),
    within=st.none() | st.timedeltas(timedelta(hours=1), timedelta(days=90)), minimum=st.integers(1, 4),
)  # fmt: skip


class History(RuleBasedStateMachine):
    """One collection over the years. What no pruning may touch is looked at around each."""

    prove: ClassVar[Prove] = staticmethod(by_content)
    applied: ClassVar[Callable[[Policy], Policy]] = staticmethod(lambda policy: policy)

    @initialize(policy=POLICIES)
    def begin(self, policy: Policy) -> None:
        self.folder, self.store, self.now, self.policy = Path(tempfile.mkdtemp()), MemoryStore(), START, policy
        table: dict[str, Any] = {
            "passphrase_file": "/none", "host": "db1", "source": {"database": "x"},
            "stores": [{"type": "directory", "path": "/none"}],
        }  # fmt: skip
        self.plan = Plan("broker", PlanTable.model_validate(table), self.folder, self.folder)
        self.store.files |= {"notes.txt": b"", "backup_2026_01_01T03_00_00.tar": b""}

    def teardown(self) -> None:
        if hasattr(self, "folder"):
            shutil.rmtree(self.folder)

    @rule(hours=st.integers(1, 60), listed=st.booleans())
    def night(self, hours: int, *, listed: bool) -> None:
        """A backup is made, and what is not kept goes."""
        self.now += timedelta(hours=hours)
        name = self._put("broker", "db1", self.now, GENUINE)
        entry = Entry(self.now.isoformat(), "broker", name, "stored", "memory", "download", len(GENUINE), 1, "")
        if listed:
            Ledger(self.folder).add(entry)
        self._prune(self.store.list())

    @rule(days=st.integers(-400, 4000))
    def clock_jumps(self, days: int) -> None:
        self.now += timedelta(days=days)

    @rule(days=st.integers(-30, 4000))
    def somebody_plants_a_file(self, days: int) -> None:
        self._put("broker", "db1", self.now + timedelta(days=days, minutes=1), PLANTED)

    @rule(days=st.integers(0, 4000), plan=st.sampled_from(["broker", "other"]))
    def a_neighbour_stores_one(self, days: int, plan: str) -> None:
        self._put(plan, "db2", self.now - timedelta(days=days), GENUINE)

    @rule()
    def the_ledger_is_lost(self) -> None:
        (self.folder / "ledger.jsonl").unlink(missing_ok=True)

    @precondition(lambda self: self.store.files)
    @rule(data=st.data(), clock_is_right=st.booleans())
    def pruned_by_a_listing_that_lacks_some(self, data: st.DataObject, *, clock_is_right: bool) -> None:
        listed = self.store.list()
        shown = data.draw(st.lists(st.sampled_from(listed), unique=True))
        self._prune(shown, clock_is_right=clock_is_right)

    def _put(self, plan: str, host: str, created: datetime, content: bytes) -> str:
        name = Stem.now(plan, host, created).bundle
        self.store.files.setdefault(name, content)
        return name

    def _prune(self, listed: list[Any], *, clock_is_right: bool = False) -> None:
        ours = sorted(stem for stem in map(Stem.of_bundle, self.store.files) if stem and stem.host == "db1")
        genuine = [stem.bundle for stem in ours if self.store.files[stem.bundle] == GENUINE]
        newest = set(genuine[-self.policy.minimum :])
        others = self.store.files.keys() - genuine
        one = Pruning(self.plan, type(self).applied(self.policy), Shelf("memory", self.store, listed), type(self).prove)
        try:
            gone = list(one.remove(one.choose(self.now, clock_is_right=clock_is_right)))
        except BackuptoolError:
            gone = []
        assert not newest - self.store.files.keys(), "one of the newest is gone"
        assert not others - self.store.files.keys(), "what is not ours is gone"
        assert len(genuine) - len(gone) == sum(content == GENUINE for name, content in self.store.files.items()
                                               if "_db1_" in name)  # fmt: skip


def test_whatever_happens_the_newest_and_what_is_not_ours_stay() -> None:
    run_state_machine_as_test(History, settings=SETTINGS)


def believing_names(_: object, __: object) -> int:
    return 1


def forgetting_the_minimum(policy: Policy) -> Policy:
    return Policy(policy.last, policy.daily, policy.weekly, policy.monthly, within=policy.within, minimum=0)


@pytest.mark.parametrize(
    "broken",
    [{"prove": believing_names}, {"applied": forgetting_the_minimum}],
    ids=["believes names", "forgets the minimum"],
)
def test_a_broken_one_is_caught(broken: dict[str, Any]) -> None:
    """The positive control."""
    build = type("Broken", (History,), {key: staticmethod(value) for key, value in broken.items()})
    with pytest.raises(AssertionError, match="is gone"):
        run_state_machine_as_test(build, settings=CONTROL)
