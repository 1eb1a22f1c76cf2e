"""What a one-file tool does first: this text stands in its `__main__.py`, before shiv's, which unpacks it."""

from __future__ import annotations

import errno
import os
import shutil
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import NoReturn

PIP = "install it with pip, for which README has the commands"
ELSEWHERE = "another folder: SHIV_ROOT=DIR in the environment"


def start(tag: str, versions: dict[str, str], machine: str, build: str, size: int, inodes: int) -> None:
    """End with one line and a hint where the file with this `tag`, made on `machine`, does not run.

    shiv unpacks its `size` bytes and `inodes` into a folder named for `build`, if that is not there; with a traceback
    where it cannot.
    """
    here, this = "{}.{}".format(*sys.version_info[:2]), os.uname().machine
    if here != versions[tag]:
        (other,) = [f"take backuptool-{one}.pyz" for one, python in versions.items() if python == here] or [PIP]
        stop(f"this file is for Python {versions[tag]}, this is Python {here}", other)
    if this != machine:
        stop(f"this file is for {machine}, this is {this}", PIP)
    place = unpacking_place()
    unpacked = place / f"{Path(sys.argv[0]).resolve().name}_{build}"
    try:
        if unpacked.exists() and not whole(unpacked):
            shutil.rmtree(unpacked)
        if not unpacked.exists():
            check_room(place, size, inodes)
    except OSError as error:
        stop(f"it unpacks itself into {place}: {error.strerror}", ELSEWHERE)
    if os.statvfs(place).f_flag & os.ST_NOEXEC:  # compiled parts could not be mapped
        stop(f"it unpacks itself into {place}, which is mounted noexec", ELSEWHERE)


def whole(unpacked: Path) -> bool:
    """Whether each file is there, as big as in here: after a power cut or a cleaner of old files shiv would not ask."""
    with zipfile.ZipFile(sys.argv[0]) as file:
        sizes = {one.filename: one.file_size for one in file.infolist() if one.filename.startswith("site-packages/")}
    return all((unpacked / name).exists() and (unpacked / name).stat().st_size == size for name, size in sizes.items())


def check_room(place: Path, size: int, inodes: int) -> None:
    """Make the folder where it is not there, for its owner alone. Raises OSError where it cannot take that much."""
    mask = os.umask(0o077)
    try:
        place.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=place).close()
    finally:
        os.umask(mask)
    if shutil.disk_usage(place).free < size:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    disk = os.statvfs(place)
    if disk.f_files and disk.f_favail < inodes:  # some filesystems count none
        raise OSError(errno.ENOSPC, "No inodes left on device")


def unpacking_place() -> Path:
    """Where shiv unpacks it, of which shiv has no message when that is nowhere."""
    try:
        return Path(os.environ.get("SHIV_ROOT") or "~/.shiv").expanduser()
    except RuntimeError:  # neither HOME nor an entry in /etc/passwd
        return stop("it unpacks itself into a home, and there is none", ELSEWHERE)


def stop(message: str, hint: str) -> NoReturn:
    """As the tool itself says what is wrong."""
    sys.exit(f"backuptool: {message}\nhint: {hint}")
