"""What a directory must stand on before anything is stored in it: its disk is mounted, it is there, it has room."""

from __future__ import annotations

import errno
import os
import shlex
import shutil
from pathlib import Path

from backuptool.errors import StoreError
from backuptool.stores.disk import HINTS, sync_folder


class Ground:
    """That of the directory `path`, with `create` and `mount_point` as in DirectoryStore."""

    def __init__(self, path: Path, *, create: bool, mount_point: Path | None) -> None:
        self._folder, self._create, self._mount_point = path, create, mount_point

    def check_mount(self) -> None:
        """See that something is mounted where it must be. Raises StoreError."""
        if self._mount_point is not None and not os.path.ismount(self._mount_point.resolve()):
            hint = f"mount it: mount {shlex.quote(str(self._mount_point))}"
            raise StoreError(f"nothing is mounted on {self._mount_point}", hint=hint)

    def check_folder(self) -> None:
        """See that the directory is there; with `create` it is made (0700). Raises StoreError, OSError."""
        if not self._create:
            if not self._folder.exists():
                raise missing(self._folder)
            return
        try:
            self._folder.mkdir(mode=0o700)
        except FileExistsError:
            return
        except FileNotFoundError as failure:
            hint = "make it, or mount what should be there"
            raise StoreError(f"{self._folder.parent} does not exist", hint=hint) from failure
        sync_folder(self._folder.parent)

    def check_room(self, size: int, made_in: Path | None) -> None:
        """See that `size` bytes are left, twice as many when the file is made on the same disk. Raises StoreError."""
        left, needed, more, hint = shutil.disk_usage(self._folder).free, size, "", HINTS[errno.ENOSPC]
        if made_in is not None and made_in.stat().st_dev == self._folder.stat().st_dev:
            needed, more = 2 * size, ", and the next is made on the same disk first"
            hint += "; or set work_dir to another disk"
        if left < needed:
            raise StoreError(
                f"{left} bytes are free in {self._folder}, {size} are expected to be needed{more}", hint=hint
            )


def missing(folder: Path) -> StoreError:
    """The error for a directory that is not there."""
    make = f"mkdir -m 700 {shlex.quote(str(folder))}"
    hint = f"mount what should be there, or make it once: {make} (or create = true)"
    return StoreError(f"{folder} does not exist", hint=hint)
