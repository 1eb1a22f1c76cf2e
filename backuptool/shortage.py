"""What a drill's server ran out of, by what it logs: its clients are only told that it ended."""

from __future__ import annotations

import re
from dataclasses import dataclass

from backuptool.errors import BackuptoolError, SourceError

# What a server logs beside an error quotes rows and statements, of which the further lines begin with a tab.
OWN = r"^(?!\t|.*(?:DETAIL|CONTEXT|STATEMENT|QUERY):  )"
FULL = re.compile(rf"{OWN}.*?((?:[A-Z]+:  |\w+: error: ).*No space left on device)", re.MULTILINE)
# The kernel ends a process by signal 9 where memory is short; then the server ends all others, and starts again.
ENDED = re.compile(rf"{OWN}.*?((?:LOG:  .*|child process )was terminated by signal (\d+).*)", re.MULTILINE)
# The official image starts and stops a server before the one that stays.
READY = "database system is ready to accept connections"
STOPPED = re.compile(rf"{OWN}.*LOG:  received \w+ shutdown request", re.MULTILINE)
KILL = "9"
STOP = "who stopped it? drill it again"
CRASHED = (
    "an extension, or this very version? try it in another image, and look into the log of the source's own server"
)


@dataclass(frozen=True, slots=True)
class Hints:
    """What to do where there is no `room` or no `memory`: that depends on where the server runs."""

    room: str
    memory: str


def shortage(called: str, said: str, hints: Hints) -> BackuptoolError | None:
    """Why the server `called` so failed, by its log; None where that does not tell. A SourceError: by what it was
    given, for then it would fail again."""
    if full := FULL.search(said):
        shared = "shared memory segment" in full[1]  # /dev/shm, which has as much as the container
        return BackuptoolError(f"{called} has no room: {full[1]}", hint=hints.memory if shared else hints.room)
    if ended := ENDED.search(said):
        if ended[2] == KILL:
            return BackuptoolError(f"{called} is short of memory, or was killed: {ended[1]}", hint=hints.memory)
        return SourceError(f"{called} went down: {ended[1]}", hint=CRASHED)
    stopped = STOPPED.search(said.rpartition(READY)[2])
    return BackuptoolError(f"{called} was stopped", hint=STOP) if stopped else None
