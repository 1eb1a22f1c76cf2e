"""What retention does not keep goes; nothing else ever does, whatever clock, listing and neighbours say."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from backuptool.bundle import Keys, Stem
from backuptool.config import Plan, PlanTable
from backuptool.copies import Shelf
from backuptool.errors import BackuptoolError, StoreError, VerificationError
from backuptool.evidence import NOTHING, Prove, proof
from backuptool.ledger import Entry, Ledger
from backuptool.prune import Choice, Pruning
from backuptool.retention import Policy
from backuptool.stores import Store, Stored
from tests.bundle.sample import CHAIN, PASSPHRASE, STEM, make
from tests.stores.memory import MemoryStore

NOW = datetime(2026, 11, 25, 4, tzinfo=UTC)
TWO = Policy(last=2, minimum=1)
GENUINE = b"genuine"


def by_content(store: Store, stored: Stored) -> int:
    """A proof for tests: a bundle of ours begins so."""
    if not b"".join(store.open(stored.name)).startswith(GENUINE):
        raise VerificationError("the bundle was altered")
    return 1


def night(ago: int, plan: str = "broker", host: str = "db1") -> Stem:
    return Stem(plan, host, NOW - timedelta(days=ago))


@pytest.fixture
def plan(tmp_path: Path) -> Plan:
    table = PlanTable.model_validate(
        {
            "passphrase_file": "/none", "host": "db1", "source": {"database": "x"},
            "stores": [{"type": "directory", "path": "/none"}],
        }
    )  # fmt: skip
    return Plan("broker", table, tmp_path / "state", tmp_path / "work")


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


def fill(store: MemoryStore, *stems: Stem, content: bytes = GENUINE) -> None:
    store.files |= {stem.bundle: content for stem in stems}


def pruning(plan: Plan, store: MemoryStore, policy: Policy = TWO, prove: Prove = by_content) -> Pruning:
    return Pruning(plan, policy, Shelf("memory", store, store.list()), prove)


def pruned(plan: Plan, store: MemoryStore, policy: Policy = TWO, prove: Prove = by_content) -> list[Choice]:
    one = pruning(plan, store, policy, prove)
    return list(one.remove(one.choose(NOW)))


def test_what_is_not_kept_goes_the_oldest_first(plan: Plan, store: MemoryStore) -> None:
    fill(store, *map(night, range(5)))
    gone = pruned(plan, store)
    assert [one.stem for one in gone] == [night(4), night(3), night(2)]
    assert sorted(store.files) == [night(1).bundle, night(0).bundle]
    assert pruned(plan, store) == []


def test_another_plan_another_host_and_what_is_no_bundle_stay_and_do_not_count(plan: Plan, store: MemoryStore) -> None:
    foreign = [night(9, plan="other"), night(9, host="db2"), night(0, plan="other"), night(1, host="db2")]
    fill(store, *map(night, range(3)), *foreign)
    others = {"backup_2026_01_01T03_00_00.tar": b"", "notes.txt": b"", f"{night(9)}.tar.txt": b""}
    store.files |= others
    assert [one.stem for one in pruned(plan, store)] == [night(2)]
    assert store.files.keys() >= {stem.bundle for stem in foreign} | others.keys()


class TestAFileThatOnlyHasTheName:
    def test_neither_counts_nor_goes_and_says_so(self, plan: Plan, store: MemoryStore) -> None:
        """Whoever can write there pushes nothing out."""
        fill(store, *map(night, range(4, 8)))
        fill(store, *map(night, range(4)), night(9), content=b"planted")
        choices = pruning(plan, store).choose(NOW)
        assert [one.stem for one in choices if one.doubt] == [*map(night, range(4)), night(9)]
        assert [one.stem for one in pruned(plan, store)] == [night(7), night(6)]

    def test_in_the_place_of_one_that_the_ledger_knows_does_not_go(self, plan: Plan, store: MemoryStore) -> None:
        fill(store, *map(night, range(4)))
        pruning(plan, store).choose(NOW)
        store.files[night(3).bundle] = b"altered"  # as long as before
        gone = pruned(plan, store)
        assert [(one.stem, one.doubt) for one in gone] == [(night(3), "the bundle was altered"), (night(2), "")]
        assert night(3).bundle in store.files


def remember(plan: Plan, *stems: Stem) -> None:
    """In this order they were stored."""
    entry = Entry(NOW.isoformat(), "broker", "", "stored", "memory", "download", len(GENUINE), 1, "")
    Ledger(plan.state_dir).add(*(replace(entry, bundle=stem.bundle) for stem in stems))


class TestTheNewest:
    def test_prove_themselves_though_the_ledger_knows_their_names(self, plan: Plan, store: MemoryStore) -> None:
        """What lies there under the newest name now must not push the newest good one out."""
        fill(store, *map(night, range(4)))
        remember(plan, *map(night, (3, 2, 1, 0)))
        store.files[night(0).bundle] = b"altered"  # as long as before
        assert [one.stem for one in pruned(plan, store, Policy(last=1, minimum=1))] == [night(3), night(2)]
        assert sorted(store.files) == [night(1).bundle, night(0).bundle]

    def test_are_not_read_where_nothing_goes(self, plan: Plan, store: MemoryStore) -> None:
        fill(store, *map(night, range(2)))
        remember(plan, *map(night, (1, 0)))
        assert not any(one.goes for one in pruning(plan, store, prove=refusing).choose(NOW))

    def test_by_the_order_in_which_they_were_made_stay_too(self, plan: Plan, store: MemoryStore) -> None:
        """The clock was two years back for some nights, and is right again."""
        made = [*map(night, range(9, 3, -1)), *map(night, (702, 701, 700)), night(0)]
        fill(store, *made)
        remember(plan, *made)
        choices = pruning(plan, store, Policy(last=3)).choose(NOW)
        assert {one.stem: one.reasons for one in choices if not one.goes} == {
            night(0): ("last 1",), night(4): ("last 2",), night(5): ("last 3",),
            night(700): ("made last",), night(701): ("made last",),
        }  # fmt: skip


def refusing(_: Store, stored: Stored) -> int:
    raise AssertionError(f"{stored.name} is read")


class TestAListing:
    """One that lacks others cannot lead to more being removed: tests/test_retention.py."""

    def test_without_what_was_stored_last_is_not_believed(self, plan: Plan, store: MemoryStore) -> None:
        fill(store, *map(night, range(1, 5)))
        remember(plan, *map(night, (4, 3, 2, 1, 0)))
        with pytest.raises(BackuptoolError, match=rf"{night(0).bundle} was stored there last and is not listed"):
            pruning(plan, store).choose(NOW)
        fill(store, night(0))
        assert sum(one.goes for one in pruning(plan, store).choose(NOW)) == 3


def by_nobody(_: Store, __: Stored) -> None:
    """No key at hand tells who made it: tests/test_evidence.py."""


class TestWithoutAKey:
    def test_what_this_host_made_goes(self, plan: Plan, store: MemoryStore) -> None:
        fill(store, *map(night, range(3)))
        remember(plan, *map(night, (2, 1, 0)))
        assert [one.stem for one in pruned(plan, store, prove=by_nobody)] == [night(2)]

    def test_what_nobody_knows_stays(self, plan: Plan, store: MemoryStore) -> None:
        fill(store, *map(night, range(3)))
        choices = pruning(plan, store, prove=by_nobody).choose(NOW)
        assert {one.doubt for one in choices} == {NOTHING}


def test_what_was_proven_once_is_not_read_again(plan: Plan, store: MemoryStore) -> None:
    fill(store, *map(night, range(3)))
    seen = []

    def counting(_: Store, stored: Stored) -> int:
        seen.append(stored.name)
        return 1

    for _ in range(2):
        pruning(plan, store, Policy(last=3), counting).choose(NOW)
    assert len(seen) == 3


class TestTheClock:
    def test_before_the_newest_removes_nothing(self, plan: Plan, store: MemoryStore) -> None:
        fill(store, *map(night, range(-1, 4)))
        with pytest.raises(BackuptoolError, match=r"clock says 2026-11-25 04:00 UTC, before broker_db1_2026-11-26T"):
            pruning(plan, store).choose(NOW)

    def test_that_was_set_back_by_minutes_does_not_matter(self, plan: Plan, store: MemoryStore) -> None:
        fill(store, *map(night, range(3)))
        assert [one.goes for one in pruning(plan, store).choose(NOW - timedelta(minutes=5))] == [False, False, True]

    @pytest.mark.parametrize("made", [False, True], ids=["before the backup", "after it"])
    def test_far_ahead_removes_nothing_until_somebody_says_that_it_is_right(
        self, plan: Plan, store: MemoryStore, *, made: bool
    ) -> None:
        then = NOW + timedelta(days=3650)
        fill(store, *map(night, range(4)), *([Stem("broker", "db1", then)] if made else []))
        with pytest.raises(BackuptoolError, match=r"36\d\d days passed without a backup") as refused:
            pruning(plan, store).choose(then)
        assert "--clock-is-right" in refused.value.hint
        choices = pruning(plan, store).choose(then, clock_is_right=True)
        assert sum(one.goes for one in choices) == 2 + made

    def test_far_ahead_is_not_believed_for_as_many_backups_as_always_stay(self, plan: Plan, store: MemoryStore) -> None:
        """One backup under a wrong clock must not let all that were kept `within` a time go in the next night."""
        within = Policy(within=timedelta(days=30), minimum=3)
        fill(store, *map(night, range(30)))
        for later in (3650, 3651):
            fill(store, night(-later))
            with pytest.raises(BackuptoolError, match=f"3650 days passed without a backup after {night(0)}.tar"):
                pruning(plan, store, within).choose(NOW + timedelta(days=later))
        fill(store, night(-3652))
        assert sum(one.goes for one in pruning(plan, store, within).choose(NOW + timedelta(days=3652))) == 30

    @pytest.mark.parametrize("ago", [[60, 61, 62, 63, 64], [0, 60, 61, 62, 63], [0, 1, 60, 61, 62]])
    def test_a_pause_is_confirmed_once(self, plan: Plan, store: MemoryStore, ago: list[int]) -> None:
        fill(store, *map(night, ago))
        for _ in range(2):
            with pytest.raises(BackuptoolError, match="days passed without a backup"):
                pruning(plan, store, Policy(last=3)).choose(NOW)
            pruning(plan, store, Policy(last=3)).choose(NOW, clock_is_right=True)  # looking confirms nothing
        one = pruning(plan, store, Policy(last=3))
        assert len(list(one.remove(one.choose(NOW, clock_is_right=True)))) == 2
        for later in range(1, 4):
            fill(store, night(-later))
            tomorrow = pruning(plan, store, Policy(last=3)).choose(NOW + timedelta(days=later))
            assert [one.goes for one in tomorrow] == [False] * 3 + [True] * later

    def test_far_ahead_does_not_matter_where_nothing_goes(self, plan: Plan, store: MemoryStore) -> None:
        fill(store, *map(night, range(2)))
        assert not any(one.goes for one in pruning(plan, store).choose(NOW + timedelta(days=3650)))

    def test_of_quarterly_backups_jumps_no_further_than_usual(self, plan: Plan, store: MemoryStore) -> None:
        fill(store, *(night(91 * ago) for ago in range(5)))
        assert [one.goes for one in pruning(plan, store).choose(NOW)] == [False, False, True, True, True]

    def test_of_the_store_tells_of_a_bundle_that_is_older_than_its_name(self, plan: Plan, store: MemoryStore) -> None:
        fill(store, *map(night, range(4)))
        listed = [replace(one, modified=NOW - timedelta(days=30)) for one in store.list()]
        one = Pruning(plan, TWO, Shelf("memory", store, listed), by_content)
        with pytest.raises(BackuptoolError, match=r"was stored on 2026-10-26, by the store's clock"):
            one.choose(NOW)

    def test_of_the_store_may_show_the_last_day_there_is(self, plan: Plan, store: MemoryStore) -> None:
        fill(store, *map(night, range(4)))
        listed = [replace(one, modified=datetime.max.replace(tzinfo=UTC)) for one in store.list()]
        assert any(one.goes for one in Pruning(plan, TWO, Shelf("memory", store, listed), by_content).choose(NOW))


class Failing(MemoryStore):
    """A store that deletes one file and no more."""

    def delete(self, name: str) -> None:
        if len(self.files) < 5:
            raise StoreError("the server hangs up")
        super().delete(name)


class Killed(MemoryStore):
    """A store that deletes a file, and the run is killed before it knows."""

    def delete(self, name: str) -> None:
        super().delete(name)
        raise KeyboardInterrupt


def test_what_a_killed_run_removed_is_known_to_be_removed(plan: Plan) -> None:
    """Else check would call it lost, for as long as there are older ones."""
    store = Killed()
    fill(store, *map(night, range(3)))
    with pytest.raises(KeyboardInterrupt):
        pruned(plan, store)
    known = [entry.bundle for entry in Ledger(plan.state_dir).of("broker") if entry.event == "removed"]
    assert known == [night(2).bundle]
    assert night(2).bundle not in store.files


def test_a_store_that_fails_in_the_middle_has_lost_the_oldest_only(plan: Plan) -> None:
    store = Failing()
    fill(store, *map(night, range(5)))
    with pytest.raises(StoreError):
        pruned(plan, store)
    assert sorted(store.files) == sorted(night(ago).bundle for ago in range(4))


def test_a_real_bundle_proves_itself_by_its_tail_an_altered_one_does_not(tmp_path: Path, store: MemoryStore) -> None:
    content = make(tmp_path / "made").read_bytes()
    prove = proof(Keys.of(PASSPHRASE), recipients=False)
    store.files[STEM.bundle] = content
    (listed,) = store.list()
    assert prove(store, listed) == CHAIN.sequence
    end = content.rindex(b"backuptool-mac-1")
    store.files[STEM.bundle] = content[:end] + content[end:].replace(b"0", b"1")
    with pytest.raises(VerificationError):
        prove(store, listed)
