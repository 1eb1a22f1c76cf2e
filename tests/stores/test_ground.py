"""What a directory must stand on."""

from __future__ import annotations

from pathlib import Path

import pytest

from backuptool.errors import StoreError
from backuptool.stores.directory import DirectoryStore
from tests.contracts.store import NAME
from tests.stores.places import Folder


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
