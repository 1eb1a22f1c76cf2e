"""The body of a PUT: a file, once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from backuptool.errors import StoreError
from backuptool.progress import Advance
from backuptool.stores.webdav.limits import Deadline
from backuptool.stores.webdav.pace import Pace

# 0.06 s of CPU per 200 MB against 0.26 s with requests' own 16 KiB, and small enough for a slow uplink:
# one block must be sent within Limits.stall.
BLOCK = 256 << 10


class Body:
    """An iterable with a length, so that requests sends Content-Length; without tell or seek nothing can rewind it."""

    def __init__(self, file: BinaryIO, size: int, deadline: Deadline) -> None:
        self._file = file
        self._size = size
        self._deadline = deadline
        self._begun = False

    def __len__(self) -> int:
        return self._size

    def __iter__(self) -> Iterator[bytes]:
        """The file's blocks. Raises StoreError on a second pass (it would store nothing) and past the deadline."""
        if self._begun:
            raise StoreError("the upload would have been sent twice", hint="this is a fault of the tool; report it")
        self._begun = True
        return self._blocks()

    def _blocks(self) -> Iterator[bytes]:
        left = self._size
        while left:
            self._deadline.remaining()
            block = self._file.read(min(BLOCK, left))
            if not block:
                raise StoreError("the bundle became shorter while it was sent", hint="something else changes it")
            left -= len(block)
            yield block


class Metered:
    """A body on its way: each piece of it goes when `pace` lets it; what has gone is reported to `advance`."""

    def __init__(self, body: Body, pace: Pace, advance: Advance) -> None:
        self._body = body
        self._pace = pace
        self._advance = advance
        self._gone = 0

    def __len__(self) -> int:
        return len(self._body)

    def __iter__(self) -> Iterator[bytes]:
        """The pieces. Raises what the body raises."""
        for block in self._body:
            for piece in self._pace.pieces(block):
                yield piece
                self._gone += len(piece)
                self._advance(len(piece))

    def take_back(self) -> None:
        """It was for nothing: all of it has to go again."""
        self._advance(-self._gone)
        self._gone = 0


def size_of(path: Path) -> int:
    """Bytes of the file at `path`. Raises StoreError."""
    with reading(path):
        return path.stat().st_size


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Say which file cannot be read. Raises StoreError."""
    try:
        yield
    except OSError as failure:
        raise StoreError(f"cannot read {path}: {failure.strerror or failure}") from failure
