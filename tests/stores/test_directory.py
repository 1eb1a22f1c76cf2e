"""A directory as a store."""

from __future__ import annotations

import errno
import os
import resource
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from backuptool.errors import Interrupted, StoreError
from backuptool.stores import Stored, directory
from backuptool.stores.directory import DirectoryStore
from tests.contracts.store import LEFTOVER, NAME, OTHERS, StoreContract
from tests.stores.places import Folder


class TestDirectoryStore(StoreContract):
    @pytest.fixture
    def place(self, tmp_path: Path) -> Folder:
        return Folder(tmp_path / "backups")

    @pytest.fixture
    def store(self, place: Folder) -> DirectoryStore:
        return DirectoryStore(place.path, create=True)


def test_own_leftovers_are_removed_and_no_others(store: DirectoryStore, place: Folder, small: Path) -> None:
    kept = {OTHERS, "notes.txt.upload-0123456789abcdef", NAME.replace("23T", "22T") + ".upload-xyz"}
    for name in {LEFTOVER, *kept}:
        place.write(name, b"half")
    store.put(small, NAME)
    assert place.names() == {NAME, *kept}


def test_folders_and_links_are_not_listed(store: DirectoryStore, place: Folder, small: Path) -> None:
    store.put(small, NAME)
    (place.path / "folder").mkdir()
    (place.path / "link").symlink_to(small)
    assert [stored.name for stored in store.list()] == [NAME]


@pytest.mark.parametrize("seconds", [253402300800, 1e15, 1e300, -1e12])
def test_a_time_that_no_calendar_has_is_as_good_as_none(seconds: float) -> None:
    """tmpfs keeps what a broken file brings along."""
    facts = os.stat_result((0, 0, 0, 0, 0, 0, 5, 0, seconds, 0))
    entry: Any = SimpleNamespace(name="notes.txt", stat=lambda **_: facts)
    assert directory._stored(entry) == Stored("notes.txt", 5, None)


@pytest.mark.parametrize("create", [True, False])
def test_a_file_that_vanishes_while_the_others_are_listed_is_not_listed(
    store: DirectoryStore, place: Folder, small: Path, monkeypatch: pytest.MonkeyPatch, create: bool
) -> None:
    """A missing file is no missing directory: of that retention, or a person, would believe something else."""
    store.put(small, NAME)
    place.write("gone", b"")

    def shown(entry: os.DirEntry[str]) -> bool:
        if entry.name == "gone":
            Path(entry).unlink()
        return True

    monkeypatch.setattr(directory, "_is_shown", shown)
    assert [stored.name for stored in DirectoryStore(place.path, create=create).list()] == [NAME]


def test_a_leftover_that_cannot_be_removed_does_not_stop_the_backup(
    store: DirectoryStore, place: Folder, small: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """As a folder cannot, or another's file where each removes only their own."""
    (place.path / LEFTOVER).mkdir(parents=True)
    store.put(small, NAME)
    assert place.names() == {NAME, LEFTOVER}
    assert "an unfinished upload stays for now" in caplog.text


def test_on_a_disk_that_is_read_only_no_upload_is_said_to_stay(
    store: DirectoryStore, place: Folder, small: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Removing what is not there is refused by one with EROFS, unlink(2)."""

    def refused(path: Path, *_: object, **__: object) -> None:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS), str(path))

    place.path.mkdir()
    monkeypatch.setattr(directory, "copy", refused)
    monkeypatch.setattr(Path, "unlink", refused)
    with pytest.raises(StoreError, match="Read-only file system"):
        store.put(small, NAME)
    assert caplog.messages == []


def test_a_dangling_link_of_the_same_name_is_not_replaced(store: DirectoryStore, place: Folder, small: Path) -> None:
    place.path.mkdir()
    (place.path / NAME).symlink_to("nowhere")
    with pytest.raises(StoreError, match="exists already"):
        store.put(small, NAME)
    assert place.names() == {NAME}


def test_a_folder_that_only_grows_takes_a_backup(
    store: DirectoryStore,
    place: Folder,
    small: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """chattr +a: names are made, none can go."""

    def refused(path: Path, *, missing_ok: bool = False) -> None:
        raise PermissionError(errno.EPERM, os.strerror(errno.EPERM), str(path))

    monkeypatch.setattr(Path, "unlink", refused)
    store.put(small, NAME)
    assert NAME in place.names()
    assert "an unfinished upload stays for now" in caplog.text


@pytest.mark.parametrize("failure", [OSError(errno.EIO, os.strerror(errno.EIO)), Interrupted(15)])
def test_what_may_not_outlive_a_power_cut_is_taken_back(
    store: DirectoryStore, place: Folder, small: Path, monkeypatch: pytest.MonkeyPatch, failure: BaseException
) -> None:
    """Who is told of an error or a signal finds nothing under the name."""
    place.path.mkdir()

    def fails(_folder: Path) -> None:
        raise failure

    monkeypatch.setattr(directory, "sync_folder", fails)
    with pytest.raises((StoreError, Interrupted)):
        store.put(small, NAME)
    assert place.names() == set()


def test_what_is_no_file_is_not_read(store: DirectoryStore, place: Folder) -> None:
    """A pipe would be waited for, for ever."""
    place.path.mkdir()
    os.mkfifo(place.path / NAME)
    with pytest.raises(StoreError, match="no file"):
        next(store.open(NAME))


@pytest.fixture
def room_for_a_megabyte() -> Iterator[None]:
    """A write stops halfway, as on a full disk: no file may grow beyond 1 MiB."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, hard))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_write_that_stops_halfway_leaves_nothing(
    store: DirectoryStore, place: Folder, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    (tmp_path / "big").write_bytes(bytes(3_000_000))
    request.getfixturevalue("room_for_a_megabyte")
    with pytest.raises(StoreError, match=f"cannot store {NAME} in {place.path}: File too large") as caught:
        store.put(tmp_path / "big", NAME)
    assert caught.value.hint
    assert place.names() == set()
