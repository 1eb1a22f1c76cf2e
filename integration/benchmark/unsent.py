"""A backup up to the finished bundle: `python -m integration.benchmark.unsent CONFIG PLAN FOLDER`.

The real backup(), with one store that sends nothing: it links the finished bundle into FOLDER, which takes no time.
"""

from __future__ import annotations

import math
import os
import signal
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from backuptool.backup import backup
from backuptool.config import Plan, read_config
from backuptool.errors import StoreError
from backuptool.freed import keep_freed
from backuptool.stores import Proof, Store, Stored


class Linked:
    """A store that is a second name for the file it is given; it reads nothing and keeps no list."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def check(self, name: str, size: int, made_in: Path | None = None) -> None:
        """There is always room for a second name."""

    def clear(self, name: str) -> None:
        """Nothing is ever left."""

    def put(self, path: Path, name: str, seconds: float = math.inf) -> Proof:
        """Link `path` as `name`."""
        (self._folder / name).hardlink_to(path)
        return "download"

    def list(self) -> list[Stored]:
        """Nothing."""
        return []

    def open(self, name: str, start: int = 0) -> Iterator[bytes]:
        """Raises StoreError."""
        raise StoreError(f"{name} is not read from here")

    def now(self) -> datetime | None:
        """None: it has no clock."""
        return None

    def delete(self, name: str) -> None:
        """Raises StoreError."""
        raise StoreError(f"{name} is not deleted from here")


class Unsent(Plan):
    """A plan whose only store is `Linked`."""

    folder: Path

    def open_stores(self) -> list[tuple[str, Store]]:
        """The one store."""
        return [("linked", Linked(self.folder))]


def main(config: str, name: str, folder: str) -> None:
    """Make one bundle of the plan `name` in `folder`. Raises BackuptoolError."""
    os.umask(0o077)
    keep_freed()
    read = read_config(Path(config))
    plan = Unsent(name, read.plans[name], read.state_dir, read.work_dir or read.state_dir)
    plan.folder = Path(folder)
    backup(plan, datetime.now(UTC))


def _interrupt(*_: object) -> None:
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)  # a second signal must not interrupt the cleaning up
    raise KeyboardInterrupt


if __name__ == "__main__":
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _interrupt)
    try:
        main(*sys.argv[1:])
    except KeyboardInterrupt:
        sys.exit(128 + signal.SIGINT)
