"""What every store must do, the fake and the real ones alike."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol

import pytest

from backuptool.errors import StoreError
from backuptool.stores import Store

NAME = "broker_db1_2026-11-23T020000Z.tar"
LEFTOVER = "broker_db1_2026-11-22T020000Z.tar.upload-0123456789abcdef"
OTHERS = "broker_db2_2026-11-22T020000Z.tar.upload-0123456789abcdef"

ODD = ["a b.tar", "ümläut-日本.tar", "it's 100% ok.tar", "a&b=c+d.tar", "-rf", ".hidden", "x:y"]
HOSTILE = ["", ".", "..", "../up", "a/b", "/etc/passwd", "a\\b", "a\nb", "a\0b", "x" * 256, LEFTOVER]


class Place(Protocol):
    """What lies behind a store, reached without it."""

    def write(self, name: str, content: bytes) -> None:
        """Put a file there."""

    def names(self) -> set[str]:
        """Every name there, unfinished uploads included."""


class StoreContract:
    """Subclasses give the fixtures `store` (empty) and `place`."""

    @pytest.fixture
    def big(self, tmp_path: Path) -> Path:
        """5 MB that do not compress: more than one chunk of any store."""
        path = tmp_path / "big"
        path.write_bytes(os.urandom(5_000_000))
        return path

    @pytest.fixture
    def small(self, tmp_path: Path) -> Path:
        """A few bytes, NUL and newlines among them."""
        path = tmp_path / "small"
        path.write_bytes(b"\0first\r\n\xff")
        return path

    def test_a_new_store_lists_nothing(self, store: Store) -> None:
        assert store.list() == []

    def test_what_was_put_comes_back_unchanged(self, store: Store, big: Path) -> None:
        store.put(big, NAME)
        assert b"".join(store.open(NAME)) == big.read_bytes()

    def test_what_was_put_is_listed_with_its_size(self, store: Store, big: Path) -> None:
        store.put(big, NAME)
        assert [(stored.name, stored.size) for stored in store.list()] == [(NAME, 5_000_000)]

    def test_an_empty_file_is_stored_as_an_empty_file(self, store: Store, tmp_path: Path) -> None:
        (tmp_path / "empty").touch()
        store.put(tmp_path / "empty", NAME)
        assert b"".join(store.open(NAME)) == b""
        assert [stored.size for stored in store.list()] == [0]

    @pytest.mark.parametrize("name", ODD)
    def test_odd_names_are_kept_as_they_are(self, store: Store, small: Path, name: str) -> None:
        store.put(small, name)
        assert [stored.name for stored in store.list()] == [name]
        assert b"".join(store.open(name)) == small.read_bytes()
        store.delete(name)
        assert store.list() == []

    @pytest.mark.parametrize("name", HOSTILE)
    def test_a_hostile_name_is_refused_everywhere(self, store: Store, small: Path, name: str) -> None:
        with pytest.raises(StoreError):
            store.put(small, name)
        with pytest.raises(StoreError):
            b"".join(store.open(name))
        with pytest.raises(StoreError):
            store.delete(name)
        assert store.list() == []

    def test_a_name_is_never_replaced(self, store: Store, small: Path, big: Path, place: Place) -> None:
        store.put(small, NAME)
        with pytest.raises(StoreError, match="exists already"):
            store.put(big, NAME)
        assert b"".join(store.open(NAME)) == small.read_bytes()
        assert place.names() == {NAME}

    def test_a_put_that_fails_leaves_nothing(self, store: Store, tmp_path: Path, place: Place) -> None:
        with pytest.raises(StoreError):
            store.put(tmp_path / "missing", NAME)
        assert place.names() == set()

    def test_after_a_put_nothing_but_the_file_is_there(self, store: Store, small: Path, place: Place) -> None:
        store.put(small, NAME)
        assert place.names() == {NAME}

    @pytest.mark.parametrize("start", [1, 70_000, 4_999_999, 5_000_000])
    def test_opening_from_a_start_gives_the_rest(self, store: Store, big: Path, start: int) -> None:
        store.put(big, NAME)
        assert b"".join(store.open(NAME, start)) == big.read_bytes()[start:]

    def test_opening_behind_the_end_is_an_error(self, store: Store, small: Path) -> None:
        store.put(small, NAME)
        with pytest.raises(StoreError):
            b"".join(store.open(NAME, 1000))

    def test_a_reader_may_stop_early(self, store: Store, big: Path) -> None:
        store.put(big, NAME)
        chunks = iter(store.open(NAME))
        assert big.read_bytes().startswith(next(chunks))
        del chunks
        assert [stored.name for stored in store.list()] == [NAME]

    def test_opening_a_missing_name_is_an_error(self, store: Store) -> None:
        with pytest.raises(StoreError):
            b"".join(store.open(NAME))

    def test_deleting_a_missing_name_is_an_error(self, store: Store) -> None:
        with pytest.raises(StoreError):
            store.delete(NAME)

    def test_what_was_deleted_is_gone(self, store: Store, small: Path, place: Place) -> None:
        store.put(small, NAME)
        store.delete(NAME)
        assert store.list() == []
        assert place.names() == set()

    def test_a_file_of_others_is_listed_and_kept(self, store: Store, small: Path, place: Place) -> None:
        store.put(small, NAME)
        place.write("notes.txt", b"theirs")
        assert {stored.name: stored.size for stored in store.list()} == {NAME: 9, "notes.txt": 6}
        assert b"".join(store.open("notes.txt")) == b"theirs"

    def test_its_clock_is_right_if_it_has_one(self, store: Store) -> None:
        shown = store.now()
        assert shown is None or abs(datetime.now(UTC) - shown) < timedelta(minutes=1)

    def test_own_leftovers_are_cleared_and_nothing_else(self, store: Store, small: Path, place: Place) -> None:
        store.clear(NAME)  # where there is nothing yet
        store.put(small, NAME)
        for name in (LEFTOVER, OTHERS, "notes.txt"):
            place.write(name, b"half")
        store.clear(NAME)
        assert place.names() == {NAME, OTHERS, "notes.txt"}

    def test_unfinished_uploads_are_not_listed(self, store: Store, small: Path, place: Place) -> None:
        store.put(small, NAME)
        place.write(OTHERS, b"half")
        assert [stored.name for stored in store.list()] == [NAME]
