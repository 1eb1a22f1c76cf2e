"""What was done, as JSON lines; may be lost without losing anything but history."""

from __future__ import annotations

import json
import logging
import os
from dataclasses import asdict, dataclass
from pathlib import Path

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Entry:
    """A backup that was published: its name, its place in the chain, its size in bytes, the stores that have it."""

    bundle: str
    plan: str
    sequence: int
    sums: str
    size: int
    stores: tuple[str, ...]


class Ledger:
    """The file `ledger.jsonl` in a folder."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "ledger.jsonl"

    def last(self, plan: str) -> Entry | None:
        """The newest entry of a plan; None when there is none, or the ledger was lost."""
        found: Entry | None = None
        for line in self._lines():
            entry = _parse(line)
            if entry is not None and entry.plan == plan:
                found = entry
        return found

    def add(self, entry: Entry) -> None:
        """Append an entry: one write, so that a kill leaves a whole line or none. A failure is said and no more."""
        line = json.dumps(asdict(entry), separators=(",", ":")).encode() + b"\n"
        try:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            try:
                os.write(descriptor, line)
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
        except OSError as error:
            log.warning("the ledger %s cannot be written: %s", self.path, error.strerror)

    def _lines(self) -> list[str]:
        try:
            return self.path.read_text(encoding="utf-8", errors="replace").splitlines()
        except FileNotFoundError:
            return []
        except OSError as error:
            log.warning("the ledger %s cannot be read: %s", self.path, error.strerror)
            return []


def _parse(line: str) -> Entry | None:
    try:
        fields = json.loads(line)
        return Entry(**{**fields, "stores": tuple(fields["stores"])})
    except (ValueError, TypeError, KeyError):
        log.info("the ledger has a line that is none of ours; it is passed over")
        return None
