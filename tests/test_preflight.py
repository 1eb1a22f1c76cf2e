"""What stands in the way of a backup is found before the dump, and costs only its own copy."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from backuptool.errors import BackuptoolError, StoreError
from backuptool.preflight import preflight
from backuptool.stores import Stored
from backuptool.stores.directory import DirectoryStore
from tests.contracts.store import LEFTOVER, OTHERS
from tests.stores.memory import MemoryStore

NAME = "broker_db1_2026-11-23T020000Z.tar"
OLDER = "broker_db1_2026-11-21T020000Z.tar"
NEWEST = "broker_db1_2026-11-22T020000Z.tar"


class Measured(MemoryStore):
    """Lists files of these sizes, and may refuse one of `most` bytes."""

    def __init__(self, sizes: dict[str, int], most: int = 1 << 62) -> None:
        super().__init__()
        self._sizes, self._most = sizes, most

    def list(self) -> list[Stored]:
        """These."""
        return [Stored(name, size) for name, size in self._sizes.items()]

    def check(self, name: str, size: int, made_in: Path | None = None) -> None:
        """No more than `most`."""
        if size >= self._most:
            raise StoreError(f"no room for {name}: {size}")


class Away(MemoryStore):
    """Nobody answers."""

    def list(self) -> list[Stored]:
        """Raises StoreError."""
        raise StoreError("it refuses connections")


def labels(folder: Path, *stores: MemoryStore) -> list[str]:
    ready, _ = preflight([(str(number), store) for number, store in enumerate(stores)], "broker", NAME, folder)
    return [label for label, _ in ready]


def test_stores_that_are_ready_keep_their_order(tmp_path: Path) -> None:
    assert labels(tmp_path, MemoryStore(), Measured({OLDER: 10}, most=11)) == ["0", "1"]


def test_the_only_store_that_is_not_ready_is_the_error_and_no_line_beside_it(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(StoreError, match="no room"):
        labels(tmp_path, Measured({}, most=0))
    assert caplog.messages == []


def test_a_store_that_is_not_ready_comes_last(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    assert labels(tmp_path, Away(), Measured({}, most=1000), Measured({NEWEST: 1000})) == ["2", "0", "1"]
    assert "0: it refuses connections" in caplog.text
    assert f"1: no room for {NAME}: 1000" in caplog.text


def test_a_backup_is_expected_to_be_as_big_as_the_one_before(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"no room for .*: 1000"):
        labels(tmp_path, Measured({NEWEST: 1000, OLDER: 5000, "notes.txt": 9000}, most=1000))


def test_when_no_store_is_ready_there_is_no_dump(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="refuses connections"):
        labels(tmp_path, Away(), Measured({}, most=0))


def test_too_little_room_here_is_found_before_the_disk_is_full(tmp_path: Path) -> None:
    with pytest.raises(BackuptoolError, match=r"bytes free, the last backup took 1152921504606846976") as told:
        labels(tmp_path, Measured({NEWEST: 1 << 60}))
    assert "set work_dir" in told.value.hint


@pytest.mark.parametrize(("free", "same_disk"), [(1999, True), (2000, True), (1000, False)])
def test_a_folder_on_the_disk_where_the_backup_is_made_needs_room_for_both(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, free: int, same_disk: bool
) -> None:
    made_in = tmp_path if same_disk else Path("/proc")
    usage = shutil.disk_usage(tmp_path)._replace(free=free)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)
    (tmp_path / OLDER).write_bytes(b"x" * 1000)
    store = DirectoryStore(tmp_path)
    if free == 1999:
        told = r"1999 bytes are free in .*, 1000 are expected to be needed, and the next is made on the same disk first"
        with pytest.raises(StoreError, match=told):
            preflight([("0", store)], "broker", NAME, made_in)
    else:
        ready, _ = preflight([("0", store)], "broker", NAME, made_in)
        assert ready == [("0", store)]


class Quota(MemoryStore):
    """Has room for 1000 bytes."""

    def check(self, name: str, size: int, made_in: Path | None = None) -> None:
        """What is left of it."""
        left = 1000 - sum(map(len, self.files.values()))
        if size > left:
            raise StoreError(f"{left} bytes are left")


def test_room_that_an_own_leftover_takes_counts_as_free(tmp_path: Path) -> None:
    """Else a run that was killed late keeps all others from beginning: only an upload would remove it."""
    store = Quota()
    store.files = {NEWEST: b"x" * 400, LEFTOVER: b"x" * 300}
    assert labels(tmp_path, store) == ["0"]
    assert set(store.files) == {NEWEST}


def test_what_another_plan_or_host_is_storing_is_left_alone(tmp_path: Path) -> None:
    store = Quota()
    store.files = {NEWEST: b"x" * 400, OTHERS: b"x" * 300}
    with pytest.raises(StoreError, match="300 bytes are left"):
        labels(tmp_path, store)
    assert set(store.files) == {NEWEST, OTHERS}


def test_a_leftover_that_cannot_be_removed_is_said_and_the_store_is_asked(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    class Kept(MemoryStore):
        def clear(self, name: str) -> None:
            raise StoreError(f"cannot clear up for {name}")

    assert labels(tmp_path, Kept()) == ["0"]
    assert "0: cannot clear up" in caplog.text
