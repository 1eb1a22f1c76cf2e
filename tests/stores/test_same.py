"""A store has what was put into it when all its bytes are those of the file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from backuptool.errors import StoreError
from backuptool.progress import Progress, shown_by
from backuptool.stores import Store
from backuptool.stores.directory import DirectoryStore
from backuptool.stores.same import same
from backuptool.stores.webdav.store import WebDavStore
from tests.contracts.store import NAME
from tests.stores.davserver import CREDENTIALS, dav_server

CONTENT = bytes(range(256)) * 20_000  # more than one block of any store


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "file"
    path.write_bytes(CONTENT)
    return path


@pytest.mark.parametrize("size", [255, 1 << 20, 6 << 20])
def test_the_same_bytes_are_the_same_in_whatever_blocks_they_come(file: Path, size: int) -> None:
    assert same(file, (CONTENT[start : start + size] for start in range(0, len(CONTENT), size)))


@pytest.mark.parametrize(
    "blocks",
    [
        [],
        [CONTENT[:-1]],
        [CONTENT, b"\0"],
        [CONTENT[1:]],
        [b"\1", CONTENT[1:]],
        [CONTENT[:-1], b"\0"],
        [CONTENT, CONTENT],
    ],
    ids=["nothing", "shorter", "longer", "without the first", "another first", "another last", "twice"],
)
def test_anything_else_is_not(file: Path, blocks: list[bytes]) -> None:
    assert not same(file, blocks)


def test_an_empty_file_is_the_same_as_nothing(tmp_path: Path) -> None:
    (tmp_path / "empty").touch()
    assert same(tmp_path / "empty", [])
    assert not same(tmp_path / "empty", [b"\0"])


class Changing(Progress):
    """Somebody who changes the file when it was sent, and before what the store has is read."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def begin(self, what: str, total: int | None) -> None:
        if what == "verifying":
            with self._file.open("r+b") as file:
                file.write(b"\1")

    def advance(self, count: int) -> None:
        """Let it."""

    def end(self) -> None:
        """Let it."""


@pytest.fixture(params=["directory", "webdav"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    (tmp_path / "place").mkdir()
    if request.param == "directory":
        yield DirectoryStore(tmp_path / "place")
        return
    with dav_server(tmp_path / "place", "digest") as server:
        yield WebDavStore(server.url, CREDENTIALS)


def test_a_file_that_changes_while_it_is_stored_is_not_taken_for_whole(store: Store, file: Path) -> None:
    with shown_by(Changing(file)), pytest.raises(StoreError, match="stored"):
        store.put(file, NAME)
    assert store.list() == []
