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

    def test_is_a_warning_after_a_week(self, tmp_path: Path, store: MemoryStore) -> None:
        remember(tmp_path, Stem("broker", "db1", NOW - timedelta(hours=1)).bundle, "stored")
        found = said(checked(tmp_path, store, NOW + timedelta(days=8), max_age="99d"))
        assert [critical for critical, _ in found] == [False]

    def test_and_is_older_than_all_that_are_left_made_room(self, tmp_path: Path, store: MemoryStore) -> None:
        remember(tmp_path, Stem("broker", "db1", BEFORE.created - timedelta(days=1)).bundle, "stored")
        assert said(checked(tmp_path, store)) == []

    def test_is_critical_where_nothing_is_left(self, tmp_path: Path) -> None:
        remember(tmp_path, LAST.bundle, "stored")
        assert [what[:30] for _, what in said(checked(tmp_path, MemoryStore()))] == [
            "there is no backup", LAST.bundle[:30],
        ]  # fmt: skip


class TestADrill:
    def test_is_expected_where_that_was_asked_for(self, tmp_path: Path, store: MemoryStore) -> None:
        assert said(checked(tmp_path, store, drill_max_age="35d")) == [(False, "no drill within 35d")]

    @pytest.mark.parametrize(("days", "found"), [(34, []), (36, [(False, "no drill within 35d")])])
    def test_grows_old(self, tmp_path: Path, store: MemoryStore, days: int, found: list[tuple[bool, str]]) -> None:
        remember(tmp_path, LAST.bundle, "drilled", "same", NOW - timedelta(days=days))
        assert said(checked(tmp_path, store, drill_max_age="35d")) == found

    def test_of_the_copy_in_another_store_is_one_of_the_plan(self, tmp_path: Path, store: MemoryStore) -> None:
        remember(tmp_path, LAST.bundle, "drilled", "same", NOW - timedelta(days=1), store="elsewhere")
        assert said(checked(tmp_path, store, drill_max_age="35d")) == []
        remember(tmp_path, LAST.bundle, "drilled", "different", NOW, store="elsewhere")
        assert said(checked(tmp_path, store)) == [(True, f"the drill of {LAST.bundle} found differences")]
