"""One run of a plan at a time."""

from __future__ import annotations

import errno
import fcntl
import hashlib
import logging
import os
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from backuptool.errors import BackuptoolError, Locked

log = logging.getLogger(__name__)
# There is nothing that anybody could hold there. Not so where only this user may not write: another one's run may.
NO_PLACE = frozenset({errno.EROFS, errno.ENOTDIR, errno.ENOENT, errno.EEXIST, errno.ENOSPC, errno.EDQUOT})


@contextmanager
def locked(folder: Path, plan: str) -> Iterator[None]:
    """Hold the lock of `plan`; it ends with the process, however that ends. Raises Locked.

    Where nothing can be made in `folder`, it is held beside this host's temporary files: a backup is worth more than
    the history that is kept there too.
    """
    try:
        try:
            descriptor = _acquired(folder, f"{plan}.lock")
        except OSError as error:
            if error.errno not in NO_PLACE:
                raise
            log.warning("%s: %s; the lock of plan %s is kept in %s", folder, error.strerror, plan, _own())
            descriptor = _acquired(_own(), f"{plan}-{hashlib.sha256(os.fsencode(folder)).hexdigest()[:12]}.lock")
    except BlockingIOError:
        raise Locked(f"another run of plan {plan} is under way", hint="wait for it to end") from None
    except OSError as error:
        hint = "set state_dir to a folder that this user may write to: the lock of a plan is kept there"
        raise BackuptoolError(f"{error.filename or folder}: {error.strerror}", hint=hint) from error
    try:
        yield
    finally:
        os.close(descriptor)


def _acquired(folder: Path, name: str) -> int:
    """The descriptor that holds a lock (flock(2)). Raises BlockingIOError where another does, OSError."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(folder / name, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def _own() -> Path:
    """A folder that nobody else can have put anything into. Raises OSError."""
    folder = Path(tempfile.gettempdir()) / f"backuptool-{os.geteuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid() or found.st_mode & 0o077:
        raise PermissionError(errno.EPERM, f"{folder} is not this user's alone")
    return folder
