"""One run of a plan at a time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from backuptool.errors import BackuptoolError, Locked


@contextmanager
def locked(folder: Path, plan: str) -> Iterator[None]:
    """Hold the lock of `plan`; it ends with the process, however that ends. Raises Locked."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = FileLock(folder / f"{plan}.lock", timeout=0, mode=0o600)
        lock.acquire()
    except Timeout:
        raise Locked(f"another run of plan {plan} is under way", hint="wait for it to end") from None
    except OSError as error:
        raise BackuptoolError(f"{folder}: {error.strerror}", hint="the lock of a plan is kept there") from error
    try:
        yield
    finally:
        lock.release()
