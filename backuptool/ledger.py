"""What was proven of which backup, when and how, as JSON lines; may be lost without losing anything but history."""

from __future__ import annotations

import errno
import json
import logging
import os
import re
import stat
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal, get_args

log = logging.getLogger(__name__)
Event = Literal["stored", "verified", "drilled", "authenticated", "removed", "pause"]
PROVING = {"stored", "verified", "drilled"}  # events of which each has looked at the whole file, if it went well
_said = set[tuple[Path, str]]()  # what was said of which: a run opens its own several times
MOST = 1 << 52  # the next one's number is in a manifest, where 2^53 - 1 is the largest
SUMS = re.compile("([0-9a-f]{64})?")  # none: only the tail was read


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that was done with a backup in one store.

    `at`: UTC, ISO 8601. `how`: for stored a stores.Proof, for verified `decrypted` or `authenticated`, for drilled
    `same`, `different` or `failed`, for authenticated and removed `tail`: only its last bytes were looked at.
    `pause`: somebody confirmed that there was one after this backup, and no clock that jumped. `size`: bytes of the
    stored file. `sequence` and `sums`: its place in the plan's chain.
    """

    at: str
    plan: str
    bundle: str
    event: Event
    store: str
    how: str
    size: int
    sequence: int
    sums: str


class Ledger:
    """The file `ledger.jsonl` in a folder."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "ledger.jsonl"

    def of(self, plan: str) -> list[Entry]:
        """The entries of a plan, oldest first; none when the ledger was lost. A failure is said once in a run."""
        return [entry for line in self._lines() if (entry := _parse(line)) and entry.plan == plan]

    def last(self, plan: str) -> Entry | None:
        """The newest backup of a plan that was stored."""
        return next((entry for entry in reversed(self.of(plan)) if entry.event == "stored"), None)

    def add(self, *entries: Entry) -> None:
        """Append entries: one write, so that a kill leaves whole lines or none. A failure is said once in a run."""
        lines = b"".join(json.dumps(asdict(entry), separators=(",", ":")).encode() + b"\n" for entry in entries)
        try:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor = _opened(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND)
            try:
                os.write(descriptor, _after(descriptor) + lines)
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
        except OSError as error:
            self._say("written", error)

    def _lines(self) -> list[str]:
        try:
            with os.fdopen(_opened(self.path, os.O_RDONLY), encoding="utf-8", errors="replace") as file:
                return file.read().splitlines()
        except FileNotFoundError:
            return []
        except OSError as error:
            self._say("read", error)
            return []

    def _say(self, what: str, error: OSError) -> None:
        if (self.path, what) not in _said:
            log.warning("the ledger %s cannot be %s: %s", self.path, what, error.strerror)
        _said.add((self.path, what))


def other_size(about: Iterable[Entry], size: int) -> int | None:
    """What a copy had that was proven last, where none of these entries proves one of `size` bytes: it was changed
    since. None where one does, or none proves anything."""
    proven = [entry.size for entry in about if entry.event in PROVING and entry.how != "failed"]
    return proven[-1] if proven and size not in proven else None


def _opened(path: Path, flags: int) -> int:
    """Opens a regular file only: a pipe would be waited for, a device be read until the memory is full."""
    descriptor = os.open(path, flags | os.O_NONBLOCK, 0o600)
    if stat.S_ISREG(os.fstat(descriptor).st_mode):
        return descriptor
    os.close(descriptor)
    raise OSError(errno.EINVAL, "it is no regular file")


def _after(descriptor: int) -> bytes:
    """A newline where a full disk cut the last line: else the next would be lost with it."""
    size = os.fstat(descriptor).st_size
    return b"\n" if size and os.pread(descriptor, 1, size - 1) != b"\n" else b""


def _parse(line: str) -> Entry | None:
    try:
        return _checked(Entry(**json.loads(line)))
    except (ValueError, TypeError, RecursionError):  # RecursionError: a hundred thousand brackets
        log.info("the ledger has a line that is none of ours; it is passed over")
        return None


def _checked(entry: Entry) -> Entry:
    """The same. Raises ValueError, TypeError for what no run writes: what reads it relies on it, every night."""
    words = (entry.plan, entry.bundle, entry.store, entry.how, entry.sums)
    numbers = (entry.size, entry.sequence)
    if not all(type(word) is str for word in words) or not all(type(one) is int and one >= 0 for one in numbers):
        raise TypeError("a field of another kind")
    if entry.sequence > MOST:
        raise ValueError("a number that no bundle has")
    if entry.event not in get_args(Event) or not SUMS.fullmatch(entry.sums):
        raise ValueError("no event or sum of ours")
    if datetime.fromisoformat(entry.at).tzinfo is None:
        raise ValueError("a time without its zone")
    return entry
