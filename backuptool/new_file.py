"""A new file that is there only when it is whole, or standard output; every byte is written, or it is an error."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from backuptool.errors import BackuptoolError, UsageError
from backuptool.stores.publish import publish

STDOUT = Path("-")


def write_new(path: Path, chunks: Iterable[bytes], hint: str = "name another place with -o") -> None:
    """Write `chunks` into the new file `path` (0600), or to stdout when that is `-`; `hint`: when it cannot be there.

    Raises UsageError when there is such a file or cannot be one, BackuptoolError when the disk is full. What the chunks
    raise goes through, and leaves no file.
    """
    if path == STDOUT:
        _write(1, chunks, "standard output", hint)
        return
    if os.path.lexists(path):
        raise _taken(path, hint)
    part = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    descriptor = _opened(part, path, hint)
    try:
        try:
            _write(descriptor, chunks, path, hint)
            with _writing(path, hint):
                os.fsync(descriptor)
        finally:
            os.close(descriptor)
        with _writing(path, hint):
            publish(part, path)
    finally:
        part.unlink(missing_ok=True)


def _opened(part: Path, path: Path, hint: str) -> int:
    try:
        return os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}", hint=hint) from error


def _write(descriptor: int, chunks: Iterable[bytes], what: object, hint: str) -> None:
    """Every byte: write(2) may take less than it was given, on a disk that is getting full for instance."""
    for chunk in chunks:
        rest = memoryview(chunk)
        with _writing(what, hint):
            while rest:
                rest = rest[os.write(descriptor, rest) :]


@contextmanager
def _writing(what: object, hint: str) -> Iterator[None]:
    try:
        yield
    except BrokenPipeError:  # who read has read enough
        raise
    except FileExistsError as error:
        raise _taken(what, hint) from error
    except OSError as error:
        raise BackuptoolError(
            f"{what} cannot be written: {error.strerror}", hint=f"make room there, or {hint}"
        ) from error


def _taken(path: object, hint: str) -> UsageError:
    return UsageError(f"{path} exists already", hint=hint)
