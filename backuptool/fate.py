"""What becomes of a drill's container, as its engine tells."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from dataclasses import dataclass

from backuptool.errors import BackuptoolError, CommandFailed, SourceError, StoodStill
from backuptool.shells import Shell
from backuptool.shells.complaint import reason
from backuptool.shells.engine import Engine, explained
from backuptool.shells.stream import output
from backuptool.shortage import Hints, shortage
from backuptool.sources.server import answered

log = logging.getLogger(__name__)
Why = Callable[[SourceError], BackuptoolError | None]
NO_SUCH = re.compile("No such (container|object)", re.IGNORECASE)
LINES = "2000"  # of its log: a statement that it quotes may have a thousand
SOON = 5.0  # s
AGAIN = "who ended it? drill it again"


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a container of the same image can be run."""

    host: Shell
    engine: Engine
    image: str


@dataclass(frozen=True, slots=True)
class Fate:
    """Of the container `name`, which a person is told of as `called`, and which may use so much `memory`."""

    where: Origin
    name: str
    called: str
    memory: str

    def why(self, error: SourceError) -> BackuptoolError | None:
        """Why this failed: its server is gone, or lacked something; None where nothing tells."""
        try:
            found = self._lack(self._log())
            if found or answered(error) or not (code := self._ended()):
                return found
            return self._lack(self._log()) or BackuptoolError(f"{self.called} ended, with exit code {code}", hint=AGAIN)
        except SourceError as lost:
            if isinstance(lost, CommandFailed) and NO_SUCH.search(lost.stderr):
                return BackuptoolError(f"{self.called} was removed while it was used", hint=AGAIN)
            told = explained(lost)
            return BackuptoolError(f"{self.called} cannot be reached: {told.message}", hint=told.hint)

    def _ended(self) -> str:
        """Its exit code; nothing for one that runs on. A client may learn of the end before the engine does."""
        try:
            return output(self.where.host.command(self.where.engine, "wait", self.name), stall=SOON).decode().strip()
        except StoodStill:
            return ""

    def unready(self) -> BackuptoolError:
        """Why it does not start, by the end of its log."""
        said = self._log()
        because = reason(said) or "it says nothing"
        return self._lack(said) or SourceError(
            f"the throwaway server in a container of {self.where.image} does not start: {because}",
            hint='another image: drill = { image = "postgres:…" }; or is there a mistake in drill.settings?',
        )

    def _lack(self, said: str) -> BackuptoolError | None:
        if found := shortage(self.called, said, self._hints()):
            return found
        if self._state("{{.State.OOMKilled}}") == ["true"]:
            return BackuptoolError(f"{self.called} ended for want of memory", hint=self._hints().memory)
        return None

    def runs(self) -> bool:
        """Whether it does. Raises SourceError."""
        return self._state("{{.State.Running}}") == ["true"]

    def tell_unless_gone(self) -> None:
        """A copy of the data that stays is told."""
        engine = self.where.engine
        try:
            left = self._engine("ps", "-a", "--filter", f"name={self.name}", "--format", "{{.Status}}").strip()
        except SourceError as error:
            left = error.message
        if left and not left.startswith("Removal"):  # somebody else is at it
            text = "the container %s, with a copy of the data, may be there still (%s); %s rm -f -v %s removes it"
            log.warning(text, self.name, left, engine, self.name)

    def _hints(self) -> Hints:
        engine = self.where.engine
        return Hints(
            room=f"make room for the whole database where {engine} keeps its volumes ({engine} info names its root)",
            memory=f'it may use {self.memory}: give it more, drill = {{ memory = "…" }} in the plan',
        )

    def _log(self) -> str:
        """Nothing of a container that is gone. It is on stderr, as a container's own is."""
        merged = ("sh", "-c", 'exec "$@" 2>&1', "sh", self.where.engine, "logs", "--tail", LINES, self.name)
        try:
            return output(self.where.host.command(*merged)).decode(errors="replace")
        except CommandFailed as error:
            log.debug("%s has no log: %s", self.name, error.message)
            return ""

    def _state(self, form: str) -> list[str]:
        return self._engine("inspect", "-f", form, self.name).split()

    def _engine(self, *words: str) -> str:
        return output(self.where.host.command(self.where.engine, *words)).decode(errors="replace")
