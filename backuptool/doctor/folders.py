"""Whether there is room for a plan's runs, a memory of them, and nobody else at it."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

from backuptool.amounts import size
from backuptool.doctor.check import FULL, Check, Doubt
from backuptool.doctor.subject import Subject
from backuptool.errors import BackuptoolError, Locked
from backuptool.ledger import Ledger
from backuptool.lock import locked

FREE = "no run of this plan is under way"
LINE = 4096  # bytes: a line has fewer, and a disk that is full may have some left in a block that is begun


def _work_dir(subject: Subject) -> str:
    folder = _existing(subject.plan.work_dir)
    _refuse_unless_writable(subject.plan.work_dir, "work_dir" if _is_set(subject) else "state_dir")
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
    if folder != subject.plan.work_dir and _is_set(subject):
        raise Doubt(f"{subject.plan.work_dir} is not there yet, and will be made in {folder}: {size(free)} free",
                    hint="where it should be there, as a disk that is mounted: correct work_dir")  # fmt: skip
    return f"{subject.plan.work_dir}: {size(free)} free" + (f", the last backup took {size(needed)}" if needed else "")


def _is_set(subject: Subject) -> bool:
    """Whether work_dir is a folder of its own."""
    return subject.plan.work_dir != subject.plan.state_dir


def _state_dir(subject: Subject) -> str:
    folder, ledger = subject.plan.state_dir, Ledger(subject.plan.state_dir)
    _try(folder, "backups are made all the same, and " if _is_set(subject) else "")
    _refuse_unless_history(ledger.path)
    last = ledger.last(subject.plan.name)
    return f"{folder}: " + (f"last backup {last.at[:16]}Z, {last.bundle}" if last else "the ledger has no backup yet")


def _try(state_dir: Path, still: str) -> None:
    """Whether it takes a line: that a disk is full is seen by writing only. `still`: what works without it.

    Raises BackuptoolError.
    """
    folder = _existing(state_dir)
    if folder.is_dir() and not _is_read_only(folder):  # as backuptool.lock has it
        _refuse_unless_writable(state_dir, "state_dir")
    try:
        with tempfile.TemporaryFile(dir=folder, buffering=0) as file:  # it has no name that could stay
            file.write(bytes(LINE))
            os.fsync(file.fileno())
    except OSError as error:
        what_to_do = "make room there, or set state_dir" if error.errno in FULL else "set state_dir"
        hint = f"{what_to_do}: {still}what was done with backups is forgotten"
        raise Doubt(f"nothing can be kept in {folder}: {error.strerror}", hint=hint) from error


def _refuse_unless_history(ledger: Path) -> None:
    if ledger.exists() and not ledger.is_file():
        hint = "move it away: a new one is made, and until then what is done with backups is forgotten"
        raise Doubt(f"{ledger} is no file, so nothing can be kept in it", hint=hint)
    if ledger.exists() and not os.access(ledger, os.R_OK | os.W_OK):
        raise Doubt(f"{ledger} cannot be read or written by this user", hint="it is history only; run as its owner")


def _refuse_unless_writable(wanted: Path, key: str) -> None:
    folder = _existing(wanted)
    if os.access(folder, os.W_OK | os.X_OK):
        return
    if folder == wanted:
        what, hint = _why_not(folder)
        raise BackuptoolError(f"{folder} {what}", hint=f"{hint}, or set {key}")
    raise BackuptoolError(
        f"{wanted} is not there, and this user may not make it in {folder}",
        hint=f"set {key} to a folder that this user may write to",
    )


def _why_not(folder: Path) -> tuple[str, str]:
    """Why nothing can be written there, and what to do."""
    if not folder.is_dir():
        return "is no folder", "move it away"
    if _is_read_only(folder):
        return "is on a disk that is mounted read-only", "mount it writable (dmesg may say what happened to it)"
    return "cannot be written to by this user", "run as its owner"


def _is_read_only(folder: Path) -> bool:
    return bool(os.statvfs(folder).f_flag & os.ST_RDONLY)


def _existing(folder: Path) -> Path:
    """The folder, or the first above it that is there: it is made when it is needed."""
    return next(place for place in (folder, *folder.parents) if place.exists())


def _lock(subject: Subject) -> str:
    if not subject.plan.state_dir.is_dir():
        return FREE
    try:
        with locked(subject.plan.state_dir, subject.plan.name):
            return FREE
    except Locked as error:
        raise Doubt(
            error.message, hint="what it changes may look odd here; run doctor again when it has ended"
        ) from error


FOLDERS: tuple[Check[Subject], ...] = (
    Check("work_dir", _work_dir),
    Check("state_dir", _state_dir),
    Check("lock", _lock, ("state_dir",)),
)
