"""A directory as a store: a disk, a USB stick, a network mount."""

from __future__ import annotations

import logging
import math
import os
import stat
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from backuptool.errors import StoreError
from backuptool.stores import Proof, Stored
from backuptool.stores.disk import BLOCK, copy, moment, plainly, reads_back, sync_folder
from backuptool.stores.ground import Ground, missing
from backuptool.stores.names import check_name, is_leftover, is_upload, upload_name
from backuptool.stores.publish import publish

_log = logging.getLogger(__name__)


class DirectoryStore:
    """Bundles as files in the directory `path`.

    A missing directory is an error, for its disk may not be mounted; with `create` it is made (0700) when only it is
    missing. `mount_point`: where something must be mounted before anything is listed or stored (a bind mount of the
    same file system does not count, os.path.ismount does not see it).
    """

    def __init__(self, path: Path, *, create: bool = False, mount_point: Path | None = None) -> None:
        self._folder = path
        self._create = create
        self._ground = Ground(path, create=create, mount_point=mount_point)

    def __str__(self) -> str:
        return str(self._folder)

    def check(self, name: str, size: int, made_in: Path | None = None) -> None:
        """See that the directory is there (it is made with `create`) and has `size` bytes left, twice as many when the
        file is made on the same disk. Raises StoreError."""
        check_name(name)
        with plainly(f"cannot store {name} in {self._folder}"):
            self._ground.check_mount()
            self._ground.check_folder()
            self._ground.check_room(size, made_in)

    def clear(self, name: str) -> None:
        """Remove unfinished uploads of the plan and host of `name`. Raises StoreError."""
        check_name(name)
        with plainly(f"cannot clear up in {self._folder}"):
            self._ground.check_mount()
            if self._folder.exists():
                self._remove_leftovers(name)

    def put(self, path: Path, name: str, seconds: float = math.inf) -> Proof:  # noqa: ARG002 - a disk is waited for
        """Copy the file at `path` to a private name, read it back, compare, publish it as `name`. Raises StoreError."""
        check_name(name)
        final = self._folder / name
        with plainly(f"cannot store {name} in {self._folder}"):
            self._ground.check_mount()
            self._ground.check_folder()
            self._remove_leftovers(name)
            if os.path.lexists(final):
                raise _taken(final)
            self._put(path, final)
        return "download"

    def list(self) -> list[Stored]:
        """Every finished regular file; none in a missing directory that `put` would make. Raises StoreError."""
        with plainly(f"cannot list {self._folder}"):
            self._ground.check_mount()
            try:
                entries = os.scandir(self._folder)
            except FileNotFoundError as failure:
                if self._create:
                    return []
                raise missing(self._folder) from failure
            with entries:
                found = [_stored(entry) for entry in entries if _is_shown(entry)]
        return sorted((stored for stored in found if stored), key=lambda stored: stored.name)

    def open(self, name: str, start: int = 0) -> Iterator[bytes]:
        """The bytes of `name` from `start` on, in chunks of at most 1 MiB. Raises StoreError."""
        check_name(name)
        with plainly(f"cannot read {name} in {self._folder}"), _regular(self._folder / name).open("rb") as file:
            if start > os.fstat(file.fileno()).st_size:
                raise StoreError(f"{name} in {self._folder} is shorter than {start} bytes")
            file.seek(start)
            while block := file.read(BLOCK):
                yield block

    def now(self) -> datetime | None:
        """None: it has no clock of its own."""
        return None

    def delete(self, name: str) -> None:
        """Remove `name`. Raises StoreError, also when there is none."""
        check_name(name)
        with plainly(f"cannot delete {name} in {self._folder}"):
            (self._folder / name).unlink()
            sync_folder(self._folder)

    def _remove_leftovers(self, name: str) -> None:
        for entry in list(self._folder.iterdir()):
            if is_leftover(entry.name, name):
                _drop(entry)

    def _put(self, path: Path, final: Path) -> None:
        temporary = final.with_name(upload_name(final.name))
        try:
            copy(path, temporary)
            if not reads_back(path, temporary):
                raise StoreError(f"{final} was not stored as it was sent", hint="test the disk and the memory")
            self._publish(temporary, final)
        except FileExistsError as failure:
            raise _taken(final) from failure
        finally:
            _drop(temporary)

    def _publish(self, temporary: Path, final: Path) -> None:
        """Who is told of an error or a signal finds nothing under the name."""
        made = temporary.stat()
        try:
            publish(temporary, final)
            sync_folder(self._folder)
        except BaseException:
            with suppress(OSError):
                if os.path.samestat(final.lstat(), made):
                    final.unlink()
            raise


def _is_shown(entry: os.DirEntry[str]) -> bool:
    return entry.is_file(follow_symlinks=False) and not is_upload(entry.name)


def _regular(path: Path) -> Path:
    """The same. Raises StoreError where it is a pipe, say, that nobody may ever write to; OSError."""
    if not stat.S_ISREG(path.stat().st_mode):
        raise StoreError(f"{path} is no file", hint="look who put it there")
    return path


def _stored(entry: os.DirEntry[str]) -> Stored | None:
    """None when it has vanished since its folder was read."""
    try:
        facts = entry.stat(follow_symlinks=False)
    except FileNotFoundError:
        return None
    return Stored(entry.name, facts.st_size, moment(facts.st_mtime))


def _drop(leftover: Path) -> None:
    try:
        leftover.unlink(missing_ok=True)
    except OSError as failure:
        if os.path.lexists(leftover):
            _log.warning("an unfinished upload stays for now: %s: %s", leftover, failure.strerror)


def _taken(final: Path) -> StoreError:
    return StoreError(f"{final} exists already; nothing was replaced", hint="delete or rename it if it is not wanted")
