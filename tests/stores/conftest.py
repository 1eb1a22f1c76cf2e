"""A directory that is no store yet, and a small file to put there."""

from __future__ import annotations

from pathlib import Path

import pytest

from backuptool.stores.directory import DirectoryStore
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
