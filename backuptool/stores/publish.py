"""Giving a finished file its final name without ever replacing another."""

from __future__ import annotations

import ctypes
import errno
import fcntl
import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

Way = Callable[[Path, Path], None]

# A file system says in one of these ways that it lacks links or renameat2 (vfat, exfat, some FUSE and CIFS mounts).
LACKING = frozenset({errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EINVAL, errno.EMLINK, errno.EACCES})

_AT_FDCWD = -100
_RENAME_NOREPLACE = 1


def by_link(temporary: Path, final: Path) -> None:
    """A second name, then the first one goes, if it can. Raises FileExistsError."""
    try:
        os.link(temporary, final)
    except FileExistsError:
        if not final.samefile(temporary):  # a mount asks again when an answer is lost (link(2), BUGS)
            raise
    with suppress(OSError):  # a folder that only grows, chattr +a; who made it removes it, or says so
        temporary.unlink()


def by_renameat2(temporary: Path, final: Path) -> None:
    """Linux' own rename that refuses to replace. Raises FileExistsError."""
    rename = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    if rename is None:
        raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS), str(final))
    if rename(_AT_FDCWD, os.fsencode(temporary), _AT_FDCWD, os.fsencode(final), _RENAME_NOREPLACE):
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()), str(final))


def by_rename_under_lock(temporary: Path, final: Path) -> None:
    """Look, then rename, while the folder is locked against others of us. Raises FileExistsError.

    An empty placeholder made with O_EXCL would keep strangers out too, but a kill would leave it under the final name.
    """
    folder = os.open(final.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        if os.path.lexists(final):
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(final))
        temporary.rename(final)
    finally:
        os.close(folder)


WAYS: tuple[Way, ...] = (by_link, by_renameat2, by_rename_under_lock)


def publish(temporary: Path, final: Path, ways: tuple[Way, ...] = WAYS) -> None:
    """Name `temporary` `final` in the first way the file system knows. Raises OSError, FileExistsError if taken."""
    for way in ways[:-1]:
        try:
            return way(temporary, final)
        except OSError as failure:
            if failure.errno not in LACKING:
                raise
    return ways[-1](temporary, final)
