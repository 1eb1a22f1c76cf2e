"""Whether there is room for a plan's runs, a memory of them, and nobody else at it."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from backuptool.amounts import size
from backuptool.doctor.check import Check, Doubt
from backuptool.doctor.subject import Subject
from backuptool.errors import BackuptoolError, Locked
from backuptool.ledger import Ledger
from backuptool.lock import locked


def _work_dir(subject: Subject) -> str:
    folder = _existing(subject.plan.work_dir)
    if not os.access(folder, os.W_OK | os.X_OK):
        raise BackuptoolError(f"{folder} cannot be written to by this user", hint="run as its owner, or set work_dir")
    free, last = shutil.disk_usage(folder).free, Ledger(subject.plan.state_dir).last(subject.plan.name)
    needed = last.size if last else 0
    if free < needed:
        raise BackuptoolError(f"{folder} has {size(free)} free, the last backup took {size(needed)}",
                              hint="make room there, or set work_dir")  # fmt: skip
    if needed and free < 2 * needed:
        raise Doubt(f"{folder} has {size(free)} free, the last backup took {size(needed)}", hint="make room there")
    if not needed and free < subject.size:
        said = f"{folder} has {size(free)} free, the database has {size(subject.size)}; how small it is compressed,"
        raise Doubt(f"{said} the first backup tells", hint="make room there, or set work_dir")
    if folder != subject.plan.work_dir != subject.plan.state_dir:
        raise Doubt(f"{subject.plan.work_dir} is not there yet, and will be made in {folder}: {size(free)} free",
                    hint="where it should be there, as a disk that is mounted: correct work_dir")  # fmt: skip
    return f"{subject.plan.work_dir}: {size(free)} free" + (f", the last backup took {size(needed)}" if needed else "")


def _state_dir(subject: Subject) -> str:
    folder, ledger = _existing(subject.plan.state_dir), Ledger(subject.plan.state_dir)
    if not os.access(folder, os.W_OK | os.X_OK):
        if not folder.is_dir() or os.statvfs(folder).f_flag & os.ST_RDONLY:  # as backuptool.lock has it
            hint = "backups are made all the same, and what was done with them is forgotten: set state_dir"
            raise Doubt(f"nothing can be kept in {folder}", hint=hint)
        raise BackuptoolError(f"{folder} cannot be written to by this user", hint="run as its owner, or set state_dir")
    if ledger.path.exists() and not os.access(ledger.path, os.R_OK | os.W_OK):
        raise Doubt(
            f"{ledger.path} cannot be read or written by this user", hint="it is history only; run as its owner"
        )
    last = ledger.last(subject.plan.name)
    return f"{subject.plan.state_dir}: " + (f"last backup {last.at[:16]}Z, {last.bundle}" if last else "no backup yet")


def _existing(folder: Path) -> Path:
    """The folder, or the first above it that is there: it is made when it is needed."""
    return next(place for place in (folder, *folder.parents) if place.exists())


def _lock(subject: Subject) -> str:
    if not subject.plan.state_dir.is_dir():
        return "free"
    try:
        with locked(subject.plan.state_dir, subject.plan.name):
            return "free"
    except Locked as error:
        raise Doubt(
            error.message, hint="what it changes may look odd here; run doctor again when it has ended"
        ) from error


FOLDERS: tuple[Check[Subject], ...] = (
    Check("work_dir", _work_dir),
    Check("state_dir", _state_dir),
    Check("lock", _lock, ("state_dir",)),
)
