"""A run of bytes in a file on this disk, read in place; what cannot be read is one line."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, NamedTuple

from backuptool.errors import BackuptoolError, UsageError, VerificationError

CHUNK = 1 << 18


class Part(NamedTuple):
    """`size` bytes of an open file from `start` on."""

    path: Path
    file: IO[bytes]
    start: int
    size: int

    def read(self, start: int, size: int) -> bytes:
        """The `size` bytes at `start` of this part. Raises VerificationError where it ends before, BackuptoolError."""
        with reading(self.path):
            self.file.seek(self.start + start)
            content = self.file.read(size)
        if len(content) != size:
            raise VerificationError("the file is cut short")
        return content

    def part(self, start: int, size: int) -> Part:
        """A part of this part."""
        return self._replace(start=self.start + start, size=size)

    def chunks(self) -> Iterator[bytes]:
        """All of it. Raises as `read`."""
        for start in range(0, self.size, CHUNK):
            yield self.read(start, min(CHUNK, self.size - start))


@contextmanager
def readable(path: Path) -> Iterator[Part]:
    """The whole file at `path`. Raises UsageError when it cannot be opened."""
    with _opened(path) as file:
        yield Part(path, file, 0, os.fstat(file.fileno()).st_size)


def _opened(path: Path) -> IO[bytes]:
    try:
        if not stat.S_ISREG(path.stat().st_mode):  # a pipe cannot be read twice
            raise UsageError(f"{path} is not a file", hint="name a bundle or an .enc file on this disk")
        return path.open("rb")
    except PermissionError as error:
        raise UsageError(f"{path}: {error.strerror}", hint="run as a user who may read it") from error
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}", hint="name a bundle or an .enc file on this disk") from error


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """What cannot be read of an open file, in one line. Raises BackuptoolError."""
    try:
        yield
    except BrokenPipeError:  # of a writer that is fed from here: it has its own meaning
        raise
    except OSError as error:
        raise BackuptoolError(
            f"{path} cannot be read: {error.strerror}", hint="look at the disk, and into the kernel's log"
        ) from error
