"""One session that stays: psql, asked through a pipe, so that what a session holds is held between two questions."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from backuptool.ended import ended
from backuptool.errors import CommandFailed
from backuptool.sources.server import FIRST, Server, explained

END = "\x1d"  # the line that ends an answer
PATIENCE = 5  # s; psql ends at once when its input does, unless it is busy


class Session:
    """psql that runs; it ends with its input, also when this process is killed."""

    def __init__(self, process: Any) -> None:
        self._process = process

    def ask(self, sql: str) -> list[list[str]]:
        """Rows and columns of one query, as text without newlines. Raises SourceError."""
        with suppress(BrokenPipeError):  # it ended: what it said about that is read below
            self._process.stdin.write(f"{sql};\n\\echo {END}\n".encode())
            self._process.stdin.flush()
        rows: list[list[str]] = []
        while line := self._process.stdout.readline():
            text = line.decode().removesuffix("\n")
            if text == END:
                return rows
            rows.append(text.split("\x1f"))
        code, said = self._process.wait(), self._process.stderr.read().decode(errors="replace").strip()
        last = said.splitlines()[-1] if said else f"psql ended with exit code {code}"
        raise explained(CommandFailed(last, returncode=code, stderr=said))


@contextmanager
def session(server: Server) -> Iterator[Session]:
    """A session on `server`, which ends with this block."""
    command = server.psql("-At", "-F", "\x1f")
    process = command.popen(stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    try:
        with suppress(BrokenPipeError):  # it could not connect: the first question tells why
            process.stdin.write(f"{FIRST};\n".encode())
        yield Session(process)
    finally:
        with suppress(BrokenPipeError):
            process.stdin.close()
        if ended(process, PATIENCE) is None:
            process.kill()
            process.wait()
        process.stdout.close()
        process.stderr.close()
