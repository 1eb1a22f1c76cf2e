"""Programs inside a running container; never with a terminal, which would turn LF into CRLF."""

from __future__ import annotations

from typing import Any

from backuptool.shells import Shell
from backuptool.shells.engine import Engine, refuse_unless_runs, state
from backuptool.shells.guard import Guarded, ending, mark
from backuptool.shells.local import Local
from backuptool.shells.stream import output


class Container:
    """The container `name` (or its id) on `host`; `runs`: that it does has been seen just now."""

    def __init__(
        self, name: str, host: Shell | None = None, engine: Engine = "docker", called: str = "", *, runs: bool = False
    ) -> None:
        self._name, self.host, self.engine, self._seen = name, host or Local(), engine, runs
        self._called = called or f"container {name}"

    def __str__(self) -> str:
        return self._called

    def command(self, *argv: str) -> Any:
        """A plumbum command that runs exactly `argv` in the container. Raises SourceError when it is down."""
        self._look()
        marked = mark()
        run = (self.engine, "exec", "-i", self._name)
        end = (self.engine, "exec", self._name)
        return Guarded(
            self.host.command(*run, "env", marked, *argv), self.host.command(*end, *ending(marked)), argv, str(self)
        )

    def image(self) -> str:
        """The id of the image that it was made from. Raises SourceError."""
        return output(self.host.command(self.engine, "inspect", "-f", "{{.Image}}", self._name)).decode().strip()

    def _look(self) -> None:
        """Once, before the first command: `docker exec` says less of why it cannot."""
        if not self._seen:
            refuse_unless_runs(state(self.host, self.engine, self._name), self._called, self.engine)
            self._seen = True
