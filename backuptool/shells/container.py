"""Programs inside a running container; never with a terminal, which would turn LF into CRLF."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from backuptool.shells import Shell
from backuptool.shells.engine import Engine, refuse_unless_runs, state
from backuptool.shells.guard import Guarded, ending, mark
from backuptool.shells.local import Local


class Container:
    """The container `name` (or its id) on `host`."""

    def __init__(self, name: str, host: Shell | None = None, engine: Engine = "docker", called: str = "") -> None:
        self._name, self._host, self._engine = name, host or Local(), engine
        self._called = called or f"container {name}"

    def __str__(self) -> str:
        return self._called

    def command(self, *argv: str) -> Any:
        """A plumbum command that runs exactly `argv` in the container. Raises SourceError when it is down."""
        _ = self._runs
        marked = mark()
        run = (self._engine, "exec", "-i", self._name)
        end = (self._engine, "exec", self._name)
        return Guarded(
            self._host.command(*run, "env", marked, *argv), self._host.command(*end, *ending(marked)), argv, str(self)
        )

    @cached_property
    def _runs(self) -> bool:
        """Looked at once, before the first command: `docker exec` says less of why it cannot."""
        refuse_unless_runs(state(self._host, self._engine, self._name), self._called, self._engine)
        return True
