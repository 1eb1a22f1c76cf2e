"""A PostgreSQL server as its own client programs reach it, in whatever shell they run."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from backuptool.errors import CommandFailed, SourceError
from backuptool.shells import Shell
from backuptool.shells.stream import feed, output, read


@dataclass(frozen=True, slots=True)
class Server:
    """Where and as whom to connect; what is empty is left to libpq (its socket, ~/.pgpass, the service's user).

    No password stands here: libpq reads it from `passfile`, in the shell where the programs run.
    """

    shell: Shell
    database: str
    user: str = ""
    host: str = ""
    port: int = 0
    passfile: str = ""

    def on(self, database: str) -> Server:
        """The same server, another database."""
        return replace(self, database=database)

    def with_container_defaults(self) -> Server:
        """The same server; database and user, where empty, are the official image's POSTGRES_DB and POSTGRES_USER."""
        if self.database and self.user:
            return self
        user = self.user or self._variable("POSTGRES_USER") or "postgres"
        database = self.database or self._variable("POSTGRES_DB") or user
        return replace(self, database=database, user=user)

    def _variable(self, name: str) -> str:
        """A variable of the container's own environment; empty when it is not set."""
        return output(self.shell.command("sh", "-c", f'printf %s "${{{name}-}}"')).decode()

    @property
    def conninfo(self) -> str:
        """A libpq connection string; quoted, because a bare name with `=` would be read as one itself."""
        words = {
            "dbname": self.database, "user": self.user, "host": self.host,
            "port": str(self.port or ""), "passfile": self.passfile,
        }  # fmt: skip
        return " ".join(f"{word}={_quoted(value)}" for word, value in words.items() if value)

    def command(self, program: str, *args: str, options: str = "") -> Any:
        """`program` connected to this database, under settings that make a dump's text reproducible."""
        settings = ("PGTZ=UTC", f"PGOPTIONS={options}") if options else ("PGTZ=UTC",)
        return self.shell.command("env", *settings, program, "-d", self.conninfo, *args)

    def psql(self, *args: str, options: str = "") -> Any:
        """psql without anybody's psqlrc, stopping at the first error."""
        return self.command("psql", "-X", "-q", "-w", "-v", "ON_ERROR_STOP=1", *args, options=options)

    def query(self, sql: str) -> list[list[str]]:
        """Rows and columns of one query, as text. Raises SourceError with the server's reason."""
        answer = self._run(self.psql("-At", "-F", "\x1f", "-R", "\x1e", "-c", sql)).decode()
        rows = answer.removesuffix("\n").split("\x1e")
        return [row.split("\x1f") for row in rows] if answer.strip("\n") else []

    def execute(self, chunks: Iterable[bytes], *args: str, options: str = "") -> None:
        """Run a stream of SQL; nothing is committed by an unfinished stream. Raises SourceError."""
        try:
            feed(self.psql(*args, options=options), chunks)
        except CommandFailed as error:
            raise _explained(error) from error

    def read(self, command: Any) -> Iterator[bytes]:
        """What `command` prints. Raises SourceError."""
        try:
            yield from read(command)
        except CommandFailed as error:
            raise _explained(error) from error

    def _run(self, command: Any) -> bytes:
        try:
            return output(command)
        except CommandFailed as error:
            raise _explained(error) from error


def _quoted(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


HINTS = {
    "does not exist": "check database and user in the configuration",
    "authentication failed": "check the user, and the password in the passfile where the programs run",
    "no password supplied": "name a passfile (libpq's .pgpass format) that exists where the programs run",
    "No such file or directory": "is the server up, and its socket where the programs run?",
    "Connection refused": "is the server up, and the port right?",
    "server version mismatch": "use the pg_dump inside the database's own container",
}


def _explained(error: CommandFailed) -> SourceError:
    hint = next((hint for sign, hint in HINTS.items() if sign in error.stderr), error.hint)
    return SourceError(error.message, hint=hint)
