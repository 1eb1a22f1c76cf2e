"""What every disk can do and refuse: a copy that is on it, a name that survives a power cut, an error with a hint."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from backuptool.errors import StoreError
from backuptool.progress import stage
from backuptool.stores.same import same

BLOCK = 1 << 20

HINTS = {
    errno.ENOSPC: "free some space there, or keep fewer bundles",
    errno.EDQUOT: "free some of the quota there, or keep fewer bundles",
    errno.EROFS: "it is mounted read-only; remount it, and look into the kernel's log for disk errors; "
    "or the store is newer than the systemd unit: backuptool install systemd",
    errno.EACCES: "run as a user who may read and write there",
    errno.EPERM: "run as a user who may read and write there",
    errno.ENOTDIR: "the store's path must name a directory",
    errno.EIO: "the disk fails; look into the kernel's log",
    errno.EFBIG: "the file system cannot hold a file of this size",
}


@contextmanager
def plainly(what: str) -> Iterator[None]:
    """Turn the system's errors into one line with a hint."""
    try:
        yield
    except OSError as failure:
        hint = HINTS.get(failure.errno or 0, "")
        raise StoreError(f"{what}: {failure.strerror or failure}{_elsewhere(failure, what)}", hint=hint) from failure


def _elsewhere(failure: OSError, what: str) -> str:
    """The file that it was about, where neither that nor its folder is named already."""
    file = str(failure.filename or "")
    return "" if file in what or str(Path(file).parent) in what else f" ({file})"


def moment(seconds: float) -> datetime | None:
    """A file's time in UTC; None when no calendar has it: some file systems keep what anybody sets."""
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):  # after 9999; beyond what the system counts in
        return None


def copy(path: Path, temporary: Path) -> None:
    """Make `temporary`, for nobody else (0600), of the bytes at `path`, written through to the disk. Raises OSError."""
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with (
        os.fdopen(descriptor, "wb", buffering=0),
        path.open("rb") as source,
        stage("copying", path.stat().st_size) as advance,
    ):
        while block := source.read(BLOCK):
            _write_all(descriptor, block)
            advance(len(block))
        os.fsync(descriptor)


def _write_all(descriptor: int, block: bytes) -> None:
    rest = memoryview(block)
    while rest:
        rest = rest[os.write(descriptor, rest) :]


def reads_back(path: Path, stored: Path) -> bool:
    """Whether the disk holds at `stored` what is at `path`, not only the page cache's memory of it. Raises OSError."""
    with stored.open("rb") as file, stage("verifying", path.stat().st_size) as advance:
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)

        def blocks() -> Iterator[bytes]:
            while block := file.read(BLOCK):
                yield block
                advance(len(block))

        return same(path, blocks())


def sync_folder(folder: Path) -> None:
    """Make the names in `folder` survive a power cut. Raises OSError."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    except OSError as failure:
        if failure.errno not in {errno.EINVAL, errno.EOPNOTSUPP, errno.ENOSYS}:  # some FUSE and CIFS mounts cannot
            raise
    finally:
        os.close(descriptor)
