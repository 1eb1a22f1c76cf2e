"""Where commands run: the one interface every shell has."""

from __future__ import annotations

from typing import Any, Protocol


class Shell(Protocol):
    """A place where commands run. A shell only prefixes argv, so every plumbum pipe and redirection works on top."""

    def command(self, *argv: str) -> Any:
        """A plumbum command that runs exactly `argv` there. Raises SourceError when the place or program is missing."""
        ...
