"""One run is killed, what is there is looked at, the next run goes through: again and again, on one ground."""

from __future__ import annotations

import logging
import signal
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from threading import Lock

from backuptool.errors import BackuptoolError
from integration.campaigns.kills.clients import Clients, settled
from integration.campaigns.kills.ground import BASE, MARKERS, TOOL, Ground
from integration.campaigns.kills.proxy import How, Point, Run, end

LONGEST = 300  # s of one run
TRIES = 20  # of a kill: how often sessions are ended until a swap is done depends on the moment (2 to 3 times)
ENDED = (-signal.SIGKILL, 128 + signal.SIGTERM, -signal.SIGTERM)  # the last while Python starts


@dataclass(frozen=True)
class Kill:
    """A run of the tool, or of a broken build, that is killed at a statement or after `delay` seconds."""

    point: Point | None = None
    delay: float = 0.0
    how: How = How.ALL
    program: tuple[str, ...] = TOOL

    def __str__(self) -> str:
        return str(self.point or f"{self.how.value} after {self.delay:.3f} s")

    def tries(self) -> Iterator[Kill]:
        """It, as often as a run may not come to its moment; a delay that was too long for a run is halved."""
        for number in range(TRIES):
            yield replace(self, delay=self.delay / 2**number)


@dataclass
class Tally:
    """What came of it: kills that struck, how many left the old and the new one, what should not be."""

    kills: int = 0
    missed: list[str] = field(default_factory=list)  # the runs went through before
    left: dict[str, int] = field(default_factory=lambda: {"old": 0, "new": 0})
    looks: int = 0
    wrong: list[str] = field(default_factory=list)
    _lock: Lock = field(default_factory=Lock)

    def add(self, kill: Kill, *, struck: bool, left: str, looks: int, wrong: list[str]) -> None:
        with self._lock:
            self.kills += struck
            self.looks += looks
            self.wrong += [f"{kill}: {one}" for one in wrong]
            if struck and not wrong:
                self.left[left] += 1

    def miss(self, kill: Kill) -> None:
        with self._lock:
            self.missed.append(str(kill))

    def __str__(self) -> str:
        return (
            f"{self.kills} kills: {self.left['old']} left the old database, {self.left['new']} the new one;"
            f" {self.looks} looks of clients; {len(self.wrong)} wrong; {len(self.missed)} not reached"
        )


class Lane:
    """One ground, and the marker that its live database has."""

    def __init__(self, ground: Ground) -> None:
        self._ground, (self._marker, _) = ground, settled(ground.postgres.socket, set(MARKERS))

    @property
    def _other(self) -> str:
        return MARKERS[1 - MARKERS.index(self._marker)]

    def statements(self, program: tuple[str, ...] = TOOL) -> tuple[list[tuple[str, int]], float]:
        """The key of every statement that an undisturbed run sends, with the how-manieth it is; and its seconds."""
        begin = time.monotonic()
        with Clients(self._ground.postgres.socket, set(MARKERS)):
            run, wrong = self._run(Kill(program=program), struck=False)
        assert wrong == []
        duration = time.monotonic() - begin
        self._marker, _ = settled(self._ground.postgres.socket, set(MARKERS))
        self._ground.drop_kept()
        return run.seen, duration

    def strike(self, kill: Kill, tally: Tally) -> bool:
        """One kill, and all that comes after it; whether the run came to its moment."""
        before = self._marker
        with Clients(self._ground.postgres.socket, set(MARKERS)) as clients:
            run, wrong = self._run(kill, struck=True)
            found, seen = self._look()
        wrong += seen or list(self._next_run(found))
        wrong += dict.fromkeys(clients.seen.wrong)
        if wrong:
            self._marker = MARKERS[0]
            self._ground.made_anew(self._marker)
        left = "old" if found == before else "new"
        tally.add(kill, struck=run.fired, left=left, looks=clients.seen.looks, wrong=wrong)
        return run.fired

    def _run(self, kill: Kill, *, struck: bool) -> tuple[Run, list[str]]:
        run = self._ground.proxy.run = Run(kill.point)
        with self._ground.restoring(kill.program, self._other) as tool:
            run.started(tool)
            if struck and kill.point is None:
                run.fired = _killed_after(tool, kill)
            said = tool.communicate(timeout=LONGEST)[1]
        self._ground.quiet()
        good = (0, *ENDED) if run.fired else (0,)
        return run, [] if tool.returncode in good else [f"the tool ended with {tool.returncode}: {said}"]

    def _look(self) -> tuple[str, list[str]]:
        """The live database's marker, and what is wrong with it or beside it."""
        found, wrong = settled(self._ground.postgres.socket, set(MARKERS))
        kept = {one.name for one in self._ground.kept()}
        others = self._ground.databases() - BASE - kept - self._ground.unfinished()
        return found, [
            *([wrong] if wrong else []),
            *(f"{name} is left" for name in others),
            *(["what was replaced is not kept"] if found == self._other and not kept else []),
            *(f"{name} is kept of nothing" for name in kept if found == self._marker),
        ]

    def _next_run(self, found: str) -> Iterator[str]:
        """What is wrong with the next run, which replaces the live database, and should name what was left."""
        self._marker = found
        left = self._ground.unfinished() | {one.name for one in self._ground.kept()}
        said = Messages()
        logging.getLogger("backuptool").addHandler(said)
        try:
            self._ground.replace(self._other)
        except BackuptoolError as error:
            yield f"the next run fails: {error.message}"
            return
        finally:
            logging.getLogger("backuptool").removeHandler(said)
        self._marker = self._other
        yield from (f"the next run does not name {name}" for name in left if name not in "".join(said.texts))
        marker, wrong = settled(self._ground.postgres.socket, set(MARKERS))
        if wrong or marker != self._marker:
            yield f"after the next run: {wrong or f'the live database is {marker}'}"
        self._ground.drop_kept()
        yield from (f"{name} is left by the next run" for name in self._ground.databases() - BASE)


class Messages(logging.Handler):
    """What was said."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.texts: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.texts.append(record.getMessage())


def _killed_after(tool: subprocess.Popen[str], kill: Kill) -> bool:
    try:
        tool.wait(kill.delay)
    except subprocess.TimeoutExpired:
        end(tool, kill.how)
        return True
    return False
