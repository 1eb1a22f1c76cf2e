"""A finished file gets its name, in whichever way the file system has."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from backuptool.stores.publish import WAYS, Way, by_link, by_rename_under_lock, publish
from tests.stores.places import Folder


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
