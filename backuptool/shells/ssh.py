"""Programs of another host, over the ssh command: keys, ports and jumps are ~/.ssh/config's."""

from __future__ import annotations

import re
from functools import cached_property
from typing import Any

from backuptool.errors import CommandFailed, SourceError
from backuptool.shells import Shell
from backuptool.shells.guard import LOST, Guarded, ending, mark
from backuptool.shells.local import Local
from backuptool.shells.stream import output

PLAIN = re.compile(r"[\w+,./:@-]+", re.ASCII)  # what no shell changes
# In single quotes a backslash is one to sh, and may be none to fish; in double quotes it is doubled for both.
HARD = str.maketrans({"'": "'\"'\"'", "\\": "'\"\\\\\"'"})


class Ssh:
    """`host` as ssh takes it; `options` stand before it."""

    def __init__(self, host: str, options: tuple[str, ...] = (), via: Shell | None = None) -> None:
        if not host or host.startswith("-"):
            raise SourceError(f"{host!r} is no host", hint="a name or user@name")
        # A master that is there is used; to be one, ssh writes into ~/.ssh, which is read-only to the systemd unit.
        # Of what it says itself only errors: a host's banner would be the last line of a command that fails in silence.
        own = ("-o", "ControlMaster=no", "-o", "LogLevel=ERROR")
        self._prefix = ("ssh", "-o", "BatchMode=yes", *options, *own, "--", host)
        self._host, self._via = host, via or Local()

    def __str__(self) -> str:
        return f"host {self._host}"

    def command(self, *argv: str) -> Any:
        """A plumbum command that runs exactly `argv` there: sshd hands one line to a shell, so it is quoted.

        Raises SourceError when a login there does not come to that, or prints something of its own.
        """
        _ = self._silent
        return self._command(*argv)

    @cached_property
    def _silent(self) -> bool:
        """Looked at once, before the first command: what a ~/.bashrc prints would be taken for an answer."""
        try:
            printed = output(self._command("true")).decode(errors="replace").strip()
        except CommandFailed as error:
            if error.returncode == LOST:
                raise
            raise SourceError(f"a login at {self} runs no command: {error.message}", hint=self._hint) from error
        if printed:
            raise SourceError(f"a login at {self} prints {printed.splitlines()[0]!r} by itself", hint=self._hint)
        return True

    @property
    def _hint(self) -> str:
        return f"`ssh {self._host} true` must end well and print nothing: look into ~/.bashrc, or what its shell reads"

    def _command(self, *argv: str) -> Any:
        marked = mark()
        run = _line("env", marked, *argv)
        return Guarded(
            self._via.command(*self._prefix, run),
            self._via.command(*self._prefix, _line(*ending(marked))),
            argv,
            str(self),
        )


def _line(*words: str) -> str:
    return " ".join(word if PLAIN.fullmatch(word) else f"'{word.translate(HARD)}'" for word in words)
