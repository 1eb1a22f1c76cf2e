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
from backuptool.stores.disk import plainly
from backuptool.stores.publish import WAYS, Way, by_link, by_rename_under_lock, publish
from tests.contracts.store import LEFTOVER, NAME, OTHERS, StoreContract
from tests.stores.places import Folder


@pytest.fixture
def place(tmp_path: Path) -> Folder:
    return Folder(tmp_path / "backups")


@pytest.fixture
def store(place: Folder) -> DirectoryStore:
    return DirectoryStore(place.path, create=True)


@pytest.fixture
def small(tmp_path: Path) -> Path:
    path = tmp_path / "small"
    path.write_bytes(b"bundle")
    return path


class TestDirectoryStore(StoreContract):
    @pytest.fixture
    def place(self, tmp_path: Path) -> Folder:
        return Folder(tmp_path / "backups")

    @pytest.fixture
    def store(self, place: Folder) -> DirectoryStore:
        return DirectoryStore(place.path, create=True)


def test_a_missing_directory_is_made_private_when_asked_for(store: DirectoryStore, place: Folder, small: Path) -> None:
    store.put(small, NAME)
    assert place.path.stat().st_mode & 0o777 == 0o700
    assert (place.path / NAME).stat().st_mode & 0o777 == 0o600
    assert (place.path / NAME).stat().st_nlink == 1


def test_a_missing_directory_is_an_error_and_is_not_made(place: Folder, small: Path) -> None:
    """The disk that should be there is not: its mount point would take the backup, on the disk it protects from."""
    store = DirectoryStore(place.path)
    for act in (store.list, lambda: store.put(small, NAME)):
        with pytest.raises(StoreError, match=f"{place.path} does not exist") as caught:
            act()
        assert caught.value.hint == (
            f"mount what should be there, or make it once: mkdir -m 700 {place.path} (or create = true)"
        )
    assert not place.path.exists()


def test_a_directory_that_is_there_needs_no_more(place: Folder, small: Path) -> None:
    place.path.mkdir()
    store = DirectoryStore(place.path)
    assert store.list() == []
    store.put(small, NAME)
    assert [stored.name for stored in store.list()] == [NAME]


def test_a_missing_parent_is_never_made(tmp_path: Path, small: Path) -> None:
    with pytest.raises(StoreError, match="not-mounted does not exist") as caught:
        DirectoryStore(tmp_path / "not-mounted" / "backups", create=True).put(small, NAME)
    assert "mount" in caught.value.hint
    assert not (tmp_path / "not-mounted").exists()


def test_an_empty_mount_point_is_no_store(place: Folder, small: Path) -> None:
    """Without its disk a mount point is a plain folder; only its owner knows that something belongs there."""
    place.path.mkdir()
    store = DirectoryStore(place.path, mount_point=place.path)
    for act in (store.list, lambda: store.put(small, NAME)):
        with pytest.raises(StoreError, match=f"nothing is mounted on {place.path}") as caught:
            act()
        assert caught.value.hint == f"mount it: mount {place.path}"
    assert place.names() == set()


def test_nothing_is_made_on_an_empty_mount_point(place: Folder, small: Path) -> None:
    place.path.mkdir()
    with pytest.raises(StoreError, match="nothing is mounted"):
        DirectoryStore(place.path / "broker", create=True, mount_point=place.path).put(small, NAME)
    assert place.names() == set()


def test_a_mount_point_with_something_mounted_takes_a_backup(place: Folder, small: Path) -> None:
    """The control: / is always mounted."""
    DirectoryStore(place.path, create=True, mount_point=Path("/")).put(small, NAME)
    assert place.names() == {NAME}


def test_a_path_that_is_a_file_is_an_error_with_a_hint(small: Path) -> None:
    for act in (lambda: DirectoryStore(small).put(small, NAME), lambda: DirectoryStore(small).list()):
        with pytest.raises(StoreError, match="Not a directory") as caught:
            act()
        assert "must name a directory" in caught.value.hint


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


@pytest.mark.parametrize("way", WAYS)
def test_each_way_to_publish_moves_the_file(way: Way, tmp_path: Path) -> None:
    (tmp_path / "temporary").write_bytes(b"new")
    way(tmp_path / "temporary", tmp_path / "final")
    assert Folder(tmp_path).names() == {"final"}
    assert (tmp_path / "final").read_bytes() == b"new"


@pytest.mark.parametrize("way", WAYS)
def test_no_way_to_publish_replaces_a_file(way: Way, tmp_path: Path) -> None:
    (tmp_path / "temporary").write_bytes(b"new")
    (tmp_path / "final").write_bytes(b"old")
    with pytest.raises(FileExistsError):
        way(tmp_path / "temporary", tmp_path / "final")
    assert (tmp_path / "final").read_bytes() == b"old"


def test_a_link_that_was_made_though_its_answer_was_lost_is_no_other_file(tmp_path: Path) -> None:
    """A network mount asks again then, and is told that the name exists (link(2), BUGS)."""
    (tmp_path / "temporary").write_bytes(b"new")
    (tmp_path / "final").hardlink_to(tmp_path / "temporary")
    by_link(tmp_path / "temporary", tmp_path / "final")
    assert Folder(tmp_path).names() == {"final"}


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


@pytest.mark.parametrize("lacking", [errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS])
def test_a_file_system_without_links_publishes_in_the_next_way(lacking: int, tmp_path: Path) -> None:
    def without(_temporary: Path, _final: Path) -> None:
        raise OSError(lacking, os.strerror(lacking))

    (tmp_path / "temporary").write_bytes(b"new")
    publish(tmp_path / "temporary", tmp_path / "final", (without, without, by_rename_under_lock))
    assert Folder(tmp_path).names() == {"final"}


def test_another_error_is_not_taken_for_a_lack_of_links(tmp_path: Path) -> None:
    def broken(_temporary: Path, _final: Path) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    (tmp_path / "temporary").write_bytes(b"new")
    with pytest.raises(OSError, match="Input/output"):
        publish(tmp_path / "temporary", tmp_path / "final", (broken, by_rename_under_lock))
    assert Folder(tmp_path).names() == {"temporary"}


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


def test_a_store_that_the_systemd_unit_does_not_know_is_read_only_and_the_hint_says_so() -> None:
    with pytest.raises(StoreError) as caught, plainly("cannot store"):
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))
    assert caught.value.hint.endswith("or the store is newer than the systemd unit: backuptool install systemd")


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EROFS, errno.EDQUOT, errno.EACCES, errno.EIO])
def test_what_a_disk_can_refuse_is_one_line_with_a_hint(code: int) -> None:
    with pytest.raises(StoreError, match=os.strerror(code)) as caught, plainly("cannot store x"):
        raise OSError(code, os.strerror(code), "/mnt/usb/x")
    assert "\n" not in caught.value.message
    assert caught.value.hint
