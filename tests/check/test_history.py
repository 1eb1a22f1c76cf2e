"""What monitoring is told of what the ledger remembers and the store has no more."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from backuptool.bundle import Stem
from tests.check.sample import BEFORE, LAST, NOW, checked, remember, said
from tests.stores.memory import MemoryStore


class TestWhatWasStoredAndIsGone:
    def test_is_critical_unless_prune_removed_it(self, tmp_path: Path, store: MemoryStore) -> None:
        one, another = (Stem("broker", "db1", NOW - timedelta(hours=hours)).bundle for hours in (1, 2))
        for name in (another, one):
            remember(tmp_path, name, "stored")
        remember(tmp_path, another, "removed", "tail")
        found = said(checked(tmp_path, store))
        assert found == [(True, f"{one} was stored there and is gone; prune did not remove it")]

    def test_is_one_finding_that_names_the_newest_of_them(self, tmp_path: Path, store: MemoryStore) -> None:
        *_, newest = names = [Stem("broker", "db1", NOW - timedelta(hours=hours)).bundle for hours in (3, 2, 1)]
        for name in names:
            remember(tmp_path, name, "stored")
        what = f"{newest} and 2 more were stored there and are gone; prune did not remove them"
        assert said(checked(tmp_path, store)) == [(True, what)]

    def test_is_a_warning_after_a_week(self, tmp_path: Path, store: MemoryStore) -> None:
        remember(tmp_path, Stem("broker", "db1", NOW - timedelta(hours=1)).bundle, "stored")
        found = said(checked(tmp_path, store, NOW + timedelta(days=8), max_age="99d"))
        assert [critical for critical, _ in found] == [False]

    def test_and_is_older_than_all_that_are_left_made_room(self, tmp_path: Path, store: MemoryStore) -> None:
        remember(tmp_path, Stem("broker", "db1", BEFORE.created - timedelta(days=1)).bundle, "stored")
        assert said(checked(tmp_path, store)) == []

    def test_and_was_named_by_a_clock_that_was_ahead_was_deleted_as_backup_and_prune_say(
        self, tmp_path: Path, store: MemoryStore
    ) -> None:
        """By its name it would be missed until that day."""
        ahead = Stem("broker", "db1", NOW + timedelta(days=900)).bundle
        for name in (BEFORE.bundle, ahead, LAST.bundle):
            remember(tmp_path, name, "stored", size=len(store.files.get(name, b"")))
        assert said(checked(tmp_path, store)) == []
        del store.files[LAST.bundle]
        assert (True, f"{LAST.bundle} was stored there and is gone; prune did not remove it") in said(
            checked(tmp_path, store, max_age="99d")
        )

    def test_and_was_made_as_another_host_is_not_missed(self, tmp_path: Path, store: MemoryStore) -> None:
        """The plan's `host` was changed since."""
        remember(tmp_path, Stem("broker", "db2", NOW - timedelta(days=1)).bundle, "stored")
        assert said(checked(tmp_path, store)) == []

    def test_is_critical_where_nothing_is_left(self, tmp_path: Path) -> None:
        remember(tmp_path, LAST.bundle, "stored")
        assert [what[:30] for _, what in said(checked(tmp_path, MemoryStore()))] == [
            "there is no backup", LAST.bundle[:30],
        ]  # fmt: skip


class TestASizeThatHasChanged:
    def test_is_critical_and_named_in_however_old_a_backup(self, tmp_path: Path, store: MemoryStore) -> None:
        old = Stem("broker", "db1", BEFORE.created - timedelta(days=30))
        store.files[old.bundle] = bytes(5000)
        remember(tmp_path, old.bundle, "stored", size=5000)
        assert said(checked(tmp_path, store)) == []
        store.files[old.bundle] = bytes(4000)
        what = f"the size of {old.bundle} has changed: it has 4000 bytes, 5000 were proven"
        assert said(checked(tmp_path, store)) == [(True, what)]

    def test_is_one_finding_that_names_the_newest(self, tmp_path: Path, store: MemoryStore) -> None:
        for days in (3, 2, 1):
            old = Stem("broker", "db1", BEFORE.created - timedelta(days=days))
            store.files[old.bundle] = bytes(4000)
            remember(tmp_path, old.bundle, "stored", size=5000)
        ((_, what),) = said(checked(tmp_path, store))
        assert what == (
            f"the size of {old.bundle} has changed: it has 4000 bytes, 5000 were proven; that of 2 others has too"
        )

    def test_is_none_where_it_was_proven_as_it_is_or_nobody_proved_it(self, tmp_path: Path, store: MemoryStore) -> None:
        size = len(store.files[BEFORE.bundle])
        remember(tmp_path, BEFORE.bundle, "stored", size=size + 1)
        remember(tmp_path, BEFORE.bundle, "verified", "decrypted", size=size)
        remember(tmp_path, LAST.bundle, "stored", store="elsewhere")
        assert said(checked(tmp_path, store)) == []


class TestADrill:
    def test_is_expected_where_that_was_asked_for(self, tmp_path: Path, store: MemoryStore) -> None:
        assert said(checked(tmp_path, store, drill_max_age="35d")) == [(False, "no drill within 35d")]

    @pytest.mark.parametrize(("days", "found"), [(34, []), (36, [(False, "no drill within 35d")])])
    def test_grows_old(self, tmp_path: Path, store: MemoryStore, days: int, found: list[tuple[bool, str]]) -> None:
        size = len(store.files[LAST.bundle])
        remember(tmp_path, LAST.bundle, "drilled", "same", NOW - timedelta(days=days), size=size)
        assert said(checked(tmp_path, store, drill_max_age="35d")) == found

    def test_of_a_time_to_come_is_none_that_was_done_lately(self, tmp_path: Path, store: MemoryStore) -> None:
        """A clock that was ahead has named it: until that day it would never grow old."""
        size = len(store.files[LAST.bundle])
        remember(tmp_path, LAST.bundle, "drilled", "same", NOW + timedelta(days=3000), size=size)
        assert said(checked(tmp_path, store, drill_max_age="35d")) == [(False, "no drill within 35d")]
        remember(tmp_path, LAST.bundle, "drilled", "same", NOW + timedelta(minutes=9), size=size)
        assert said(checked(tmp_path, store, drill_max_age="35d")) == []

    def test_of_the_copy_in_another_store_is_one_of_the_plan(self, tmp_path: Path, store: MemoryStore) -> None:
        remember(tmp_path, LAST.bundle, "drilled", "same", NOW - timedelta(days=1), store="elsewhere")
        assert said(checked(tmp_path, store, drill_max_age="35d")) == []
        remember(tmp_path, LAST.bundle, "drilled", "different", NOW, store="elsewhere")
        assert said(checked(tmp_path, store)) == [(True, f"the drill of {LAST.bundle} found differences")]

    def test_that_failed_is_not_made_up_for_by_an_older_backup_that_was_drilled_in_its_place(
        self, tmp_path: Path, store: MemoryStore
    ) -> None:
        """However many had to be passed over: the newest of them is the one to look at."""
        older, oldest = (Stem("broker", "db1", BEFORE.created - timedelta(days=days)).bundle for days in (1, 2))
        remember(tmp_path, oldest, "drilled", "same")
        for name in (LAST.bundle, BEFORE.bundle):
            remember(tmp_path, name, "drilled", "failed")
        assert said(checked(tmp_path, store)) == [(True, f"the drill of {LAST.bundle} failed")]
        remember(tmp_path, older, "drilled", "same")
        assert said(checked(tmp_path, store)) == [(True, f"the drill of {LAST.bundle} failed")]

    def test_that_failed_is_over_when_that_backup_or_a_newer_one_is_the_same(
        self, tmp_path: Path, store: MemoryStore
    ) -> None:
        remember(tmp_path, BEFORE.bundle, "drilled", "failed")
        size = len(store.files[LAST.bundle])
        remember(tmp_path, LAST.bundle, "drilled", "same", size=size)
        assert said(checked(tmp_path, store)) == []
        remember(tmp_path, LAST.bundle, "drilled", "different", size=size)
        remember(tmp_path, LAST.bundle, "drilled", "failed", size=size)
        assert said(checked(tmp_path, store)) == [(True, f"the drill of {LAST.bundle} failed")]
        remember(tmp_path, LAST.bundle, "drilled", "same", size=size)
        assert said(checked(tmp_path, store)) == []
