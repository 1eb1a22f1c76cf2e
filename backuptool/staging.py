"""A private folder for one run. A run that was killed leaves its folder; the next one sees that nobody holds it.

A folder is alive while its process holds the lock of the file in it (flock(2) ends with the process, SIGKILL too).
"""

from __future__ import annotations

import fcntl
import logging
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from backuptool.errors import BackuptoolError

PREFIX = "backuptool-run-"
NEW = ".backuptool-new-"  # until it is locked, so that nobody takes it for one that was left
LOCK = "lock"
log = logging.getLogger(__name__)


@contextmanager
def staging(parent: Path) -> Iterator[Path]:
    """A new folder (0700) in `parent`, gone afterwards whatever happens; those of killed runs are removed first."""
    try:
        parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        sweep(parent)
        new = Path(tempfile.mkdtemp(prefix=NEW, dir=parent))
        held = os.open(new / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
        fcntl.flock(held, fcntl.LOCK_EX)
        folder = new.rename(parent / new.name.replace(NEW, PREFIX))
    except OSError as error:
        raise BackuptoolError(
            f"{parent} cannot hold temporary files: {error.strerror}", hint="set work_dir to a folder that can"
        ) from error
    try:
        yield folder
    finally:
        shutil.rmtree(folder)
        os.close(held)


@contextmanager
def writing(folder: Path) -> Iterator[None]:
    """What cannot be written here (a full disk, a quota) in one line. Raises BackuptoolError."""
    try:
        yield
    except OSError as error:
        place = folder.parent
        raise BackuptoolError(f"{place}: {error.strerror}", hint="make room there, or set work_dir") from error


def sweep(parent: Path) -> None:
    """Remove the folders that runs which are gone have left in `parent`."""
    for folder in parent.glob(f"{PREFIX}*"):
        descriptor = os.open(folder / LOCK, os.O_RDWR)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            continue
        else:
            log.warning("removing what a killed run left: %s", folder)
            shutil.rmtree(folder)
        finally:
            os.close(descriptor)
