"""A private folder for one run. A run that was killed leaves its folder; the next one sees that nobody holds it.

It goes then, unless a whole bundle is in it: that stays for two days, until its plan's next backup takes it over.

A folder is alive while its process holds the lock of the file in it (flock(2) ends with the process, SIGKILL too).
"""

from __future__ import annotations

import contextlib
import fcntl
import logging
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from backuptool.errors import BackuptoolError
from backuptool.interruption import held, released

PREFIX = "backuptool-run-"
NEW = ".backuptool-new-"  # until it is locked, so that nobody takes it for one that was left
LOCK = "lock"
UNSTORED = "unstored.json"  # beside a bundle that is whole
KEPT = 2 * 86400  # s from that on; the next night comes after 25 hours, when its start is delayed at random
OLD = 3600  # s; to lock a new folder takes less than one of them
log = logging.getLogger(__name__)


@contextmanager
def staging(parent: Path, hint: str = "set work_dir to a folder that can") -> Iterator[Path]:
    """A new folder (0700) in `parent`, gone afterwards whatever happens; those of killed runs are removed first."""
    with held():
        try:
            parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            sweep(parent)
            folder, descriptor = _new(parent)
        except OSError as error:
            raise BackuptoolError(f"{parent} cannot hold temporary files: {error.strerror}", hint=hint) from error
        try:
            with released():
                yield folder
        finally:
            try:
                _remove(folder)
            finally:
                os.close(descriptor)


def _new(parent: Path) -> tuple[Path, int]:
    """A folder that is locked before it has the name that is swept; the descriptor that holds the lock."""
    new = Path(tempfile.mkdtemp(prefix=NEW, dir=parent))
    try:
        descriptor = os.open(new / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        return new.rename(parent / new.name.replace(NEW, PREFIX)), descriptor
    except BaseException:
        _remove(new)
        raise


@contextmanager
def writing(folder: Path) -> Iterator[None]:
    """What cannot be written here (a full disk, a quota) in one line. Raises BackuptoolError."""
    try:
        yield
    except OSError as error:
        place = folder.parent
        raise BackuptoolError(f"{place}: {error.strerror}", hint="make room there, or set work_dir") from error


def sweep(parent: Path) -> None:
    """Remove the folders that runs which are gone have left in `parent`; others may be doing the same right now."""
    for folder in left(parent):
        try:
            _sweep(folder)
        except PermissionError:
            log.debug("%s is another user's", folder)
        except OSError as error:
            log.warning("%s cannot be removed: %s", folder, error.strerror)


def left(parent: Path) -> list[Path]:
    """The folders in `parent` that runs which are gone may have left. Raises OSError."""
    with os.scandir(parent) as entries:
        return [Path(entry) for entry in entries if _may_be_left(entry)]


@contextmanager
def taken_over(folder: Path) -> Iterator[bool]:
    """Whether a private folder is this run's now, as its own is gone: then it goes at the end, whatever happens."""
    with held(), ExitStack() as taken:
        try:
            mine = is_private(folder) and _lock(folder, taken)
        except OSError:  # somebody removes it, or it is another user's
            mine = False
        if mine:
            taken.callback(_remove, folder)
        with released():
            yield mine


def is_private(folder: Path) -> bool:
    """Whether nobody else can have put anything there: work_dir may be one that all users share."""
    found = folder.lstat()
    return found.st_uid == os.geteuid() and not found.st_mode & 0o077


def _lock(folder: Path, until: ExitStack) -> bool:
    """Hold the lock of a folder `until` then; False where its run is alive. Raises OSError where there is no lock."""
    descriptor = os.open(folder / LOCK, os.O_RDWR | os.O_NOFOLLOW)
    until.callback(os.close, descriptor)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return bool(os.fstat(descriptor).st_nlink)  # without a name its owner has removed it


def _may_be_left(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir(follow_symlinks=False) and (
            entry.name.startswith(PREFIX) or (entry.name.startswith(NEW) and time.time() - entry.stat().st_mtime > OLD)
        )
    except FileNotFoundError:  # it has got its other name meanwhile
        return False


def _sweep(folder: Path) -> None:
    if _is_kept(folder):
        return
    with ExitStack() as until:
        try:
            mine = _lock(folder, until)
        except FileNotFoundError:  # it was locked before it got its name: so whoever made it has begun to remove it
            mine = False
            _remove(folder)
        if mine:
            log.warning("removing what a killed run left: %s", folder)
            _remove(folder)


def _is_kept(folder: Path) -> bool:
    try:
        return time.time() - (folder / UNSTORED).stat().st_mtime < KEPT
    except FileNotFoundError:
        return False


def _remove(folder: Path) -> None:
    """Remove a folder that others may be removing too: what they took first is no error."""
    while os.path.lexists(folder):
        with contextlib.suppress(FileNotFoundError):
            shutil.rmtree(folder)
