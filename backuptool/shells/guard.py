"""Nothing is left running: what a command started ends with it, wherever it runs and however its reader ends.

`docker exec` leaves its process in the container when the client dies (moby#9098), and ssh without a terminal leaves it
on the other host. So every command carries a mark in its environment, and a guard, a small process of its own on this
host, ends by a second command what carries that mark: when the client was killed, and also when this tool was (SIGKILL
too: the guard sees the end of a pipe).
"""

from __future__ import annotations

import logging
import re
import secrets
import subprocess
from collections.abc import Sequence
from typing import Any

from plumbum.commands.base import BaseCommand

from backuptool.interruption import held

log = logging.getLogger(__name__)
MARK = "BACKUPTOOL_EXEC"
LOST = 255  # how ssh says that it lost the connection
# ssh's last words where it had no session yet: nothing was started there.
NEVER_THERE = re.compile(
    rb"^ssh: |^kex_exchange_identification: |Permission denied \(|Host key verification failed", re.MULTILINE
)
PATIENCE = 15  # s; the second command takes 0.1 s in a container, 0.3 s over ssh

# `$1` is the mark. /proc/PID/environ is read by grep itself; TERM first, then KILL for who is still there after 2 s.
END = r"""
ours() { for p in /proc/[0-9]*; do if grep -qsF "$1" "$p/environ"; then echo "${p#/proc/}"; fi; done; }
for signal in TERM KILL; do
  for pid in $(ours "$1"); do kill -s "$signal" "$pid" 2>/dev/null; done
  for wait in 1 2 3 4 5 6 7 8 9 10; do [ -n "$(ours "$1")" ] || exit 0; sleep 0.2; done
done
exit 1
"""
# Waits for a line from the tool; without one (its end of the pipe was closed) it runs the second command.
WATCH = 'trap "" TERM INT HUP; read -r word || "$@"'


def mark() -> str:
    """A new mark: the word before argv that puts it into the environment."""
    return f"{MARK}={secrets.token_hex(16)}"


def ending(mark: str) -> tuple[str, ...]:
    """The argv that ends everything which carries `mark`, to be run where the command runs."""
    return ("sh", "-c", END, "sh", mark)


class Guarded(BaseCommand):
    """A plumbum command whose processes all end with it; pipes and redirections work on top as on any command.

    `program` and `place` are for messages: an argv may be long, and what a program says of itself is about `env`.
    """

    __slots__ = ("_command", "_end", "place", "program")

    def __init__(self, command: Any, end: Any, argv: Sequence[str], place: str) -> None:
        self._command, self._end, self.place = command, end, place
        self.program = next((word for word in argv if word != "env" and "=" not in word), "env")

    def __repr__(self) -> str:
        return f"Guarded({self._command!r})"

    def __str__(self) -> str:
        return str(self._command)

    @property
    def machine(self) -> Any:
        """plumbum's: where the local client runs."""
        return self._command.machine

    def _get_encoding(self) -> Any:
        return self._command._get_encoding()  # noqa: SLF001 - the method plumbum's commands override

    def formulate(self, level: int = 0, args: Sequence[Any] = ()) -> list[str]:
        """The argv that runs here."""
        return list(self._command.formulate(level, args))

    def popen(self, args: Sequence[Any] = (), **kwargs: Any) -> Any:
        """Start it, and its guard before it."""
        guard = subprocess.Popen(
            ["/bin/sh", "-c", WATCH, "guard", *self._end.formulate()],
            stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            start_new_session=True, cwd="/",
        )  # fmt: skip
        try:
            process = self._command.popen(args, **kwargs)
        except BaseException:
            _release(guard)
            raise
        _tie(process, guard)
        return process


def _tie(process: Any, guard: subprocess.Popen[bytes]) -> None:
    """Let the guard know how the process ends: by wrapping wait and poll where plumbum's own pipes wrap them."""
    inner = process._proc  # noqa: SLF001 - the subprocess.Popen; communicate and kill go through its wait and poll
    wait, poll = inner.wait, inner.poll

    def waited(timeout: float | None = None) -> int:
        return _tell(guard, inner, wait(timeout=timeout))

    def polled() -> int | None:
        code = poll()
        return None if code is None else _tell(guard, inner, code)

    inner.wait, inner.poll = waited, polled


def tell_of_the_rest(process: Any, complaint: bytes) -> None:
    """Say that what `process` had started may still run, where its guard could not end it; `process` has ended."""
    if getattr(process, "unended", False) and not NEVER_THERE.search(complaint):
        log.warning("what was started elsewhere may still run: it could not be ended there")


def _tell(guard: subprocess.Popen[bytes], process: Any, code: int) -> int:
    with held():  # else a signal between the line to the guard and its end has it told twice
        if guard.returncode is None and guard.stdin is not None:
            if 0 <= code < LOST:
                _release(guard)
            else:  # the client is gone; what it had started is not, and ends before this returns
                guard.stdin.close()
                process.unended = not _has_ended(guard)
    return code


def _has_ended(guard: subprocess.Popen[bytes]) -> bool:
    """Whether the second command has ended all of it; a paused container, for one, starts none."""
    try:
        return guard.wait(PATIENCE) == 0
    except subprocess.TimeoutExpired:
        return False


def _release(guard: subprocess.Popen[bytes]) -> None:
    assert guard.stdin is not None  # noqa: S101 - it was opened with a pipe
    guard.stdin.write(b"done\n")
    guard.stdin.close()
    guard.wait()
