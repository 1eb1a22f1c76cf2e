"""One session that stays: psql, asked through a pipe, so that what a session holds is held between two questions."""

from __future__ import annotations

import os
import secrets
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from backuptool.ended import ended
from backuptool.errors import CommandFailed
from backuptool.interruption import held, released
from backuptool.shells.guard import tell_of_the_rest
from backuptool.shells.running import Collected
from backuptool.sources.answer import FORMAT, rows
from backuptool.sources.server import FIRST, OWN_ENCODING, Server, explained

PATIENCE = 5  # s; psql ends at once when its input does, unless it is busy


class Session:
    """psql that runs; it ends with its input, also when this process is killed."""

    def __init__(self, process: Any, complaint: Collected) -> None:
        self._process, self._complaint = process, complaint
        self._end = secrets.token_hex(8)  # the line that ends an answer, and stands in none

    def ask(self, sql: str) -> list[list[str]]:
        """Rows and columns of one query, as Server.query has them. Raises SourceError."""
        with suppress(BrokenPipeError):  # it ended: what it said about that is read below
            self._process.stdin.write(os.fsencode(f"{sql};\n\\echo {self._end}\n"))
            self._process.stdin.flush()
        lines: list[str] = []
        while line := os.fsdecode(self._process.stdout.readline()):
            if line == f"{self._end}\n":
                return rows("".join(lines))
            lines.append(line)
        code, said = self._process.wait(), self._complaint.content().decode(errors="replace").strip()
        last = said.splitlines()[-1] if said else f"psql ended with exit code {code}"
        raise explained(CommandFailed(last, returncode=code, stderr=said))


@contextmanager
def session(server: Server) -> Iterator[Session]:
    """A session on `server`, which ends with this block."""
    command = server.psql(*FORMAT)
    with held():
        process = command.popen(stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        complaint = Collected(process.stderr)  # beside: a pipe that nobody reads stops it, and then us
        try:
            with suppress(BrokenPipeError):  # it could not connect: the first question tells why
                process.stdin.write(f"{OWN_ENCODING} \\g /dev/null\n{FIRST};\n".encode())
            with released():
                yield Session(process, complaint)
        finally:
            with suppress(BrokenPipeError):
                process.stdin.close()
            if ended(process, PATIENCE) is None:
                process.kill()
                process.wait()
            process.stdout.close()
            tell_of_the_rest(process, complaint.content())
            complaint.close()
