"""Clients that connect to the live name again and again, and say when they see neither the old nor the new one."""

from __future__ import annotations

import contextlib
import time
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Lock, Thread
from typing import Self

from integration.campaigns.kills.wire import Gone, Refused, ask, connected, ended

LIVE = "live"
ROWS = 300
# The marker; whether all rows are there; whether the last thing that a restore makes is.
LOOK = "select (select name from marker), (select count(*) from filled), to_regclass('last_of_all') is not null"
PATIENCE = 120.0  # s, of one look and of all until one is answered
PAUSE = 0.05  # s: a client that connects at once takes the processor from what it looks at


def passing(refused: Refused) -> bool:
    """Whether this is what a client may be told at the moment of a swap: its session was ended, or the name moved."""
    said = refused.fields
    moved = said.get("C") == "3D000" and "just been dropped or renamed" in said.get("D", "")
    return moved or said.get("C") == "57P01"


@dataclass
class Seen:
    """What was seen: how often which marker, what should not be."""

    looks: int = 0
    wrong: list[str] = field(default_factory=list)
    _lock: Lock = field(default_factory=Lock)

    def add(self, wrong: str = "") -> None:
        with self._lock:
            self.looks += not wrong
            self.wrong += [wrong] if wrong else []


def look(folder: Path, allowed: set[str]) -> tuple[str, str]:
    """The marker of the live database, and what is wrong; both empty at the moment of a swap."""
    try:
        marker, rows, whole = ask(folder, LIVE, LOOK, PATIENCE)
    except Refused as refused:
        return "", "" if passing(refused) else f"a client is told {refused}"
    except Gone:
        return "", ""
    except TimeoutError:
        return "", f"a client waits for more than {PATIENCE:g} s"
    if marker not in allowed or (rows, whole) != (str(ROWS), "t"):
        return "", f"a client sees {marker!r}, {rows} rows, whole: {whole}"
    return marker, ""


def settled(folder: Path, allowed: set[str]) -> tuple[str, str]:
    """The marker of the live database once it answers, or what is wrong with it."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        marker, wrong = look(folder, allowed)
        if marker or wrong:
            return marker, wrong
        time.sleep(PAUSE)
    return "", f"nobody gets into the live database for {PATIENCE:g} s"


class Clients:
    """Two that come and go, one that stays until it is ended, for as long as a block lasts; `seen` says what."""

    def __init__(self, folder: Path, allowed: set[str]) -> None:
        self.seen = Seen()
        self._stop = Event()
        works = (self._go, self._go, self._stay)
        self._threads = [Thread(target=work, args=(folder, allowed), daemon=True) for work in works]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _go(self, folder: Path, allowed: set[str]) -> None:
        while not self._stop.wait(PAUSE):
            marker, wrong = look(folder, allowed)
            if marker or wrong:
                self.seen.add(wrong)

    def _stay(self, folder: Path, _: set[str]) -> None:
        while not self._stop.wait(PAUSE):
            with contextlib.suppress(Refused, Gone, OSError), connected(folder, LIVE, PATIENCE) as peer:
                while not self._stop.is_set() and not ended(peer, PAUSE):
                    pass
