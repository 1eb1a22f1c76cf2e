"""A PostgreSQL server as its own client programs reach it, in whatever shell they run."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any

from backuptool.errors import CommandFailed, SourceError
from backuptool.shells import Shell
from backuptool.shells.stream import DAY, STALL, feed, output, read
from backuptool.sources.answer import END, FORMAT, rows, whole
from backuptool.sources.hints import hint_for

SAID = 'if [ -n "${NAME-}" ]; then printf %s "$NAME"; elif [ -n "${NAME_FILE-}" ]; then cat "$NAME_FILE"; fi'
NEXT = r" && printf '\0' && "

# A database's owner may have it search another schema before PostgreSQL's own: a function there of the name that a
# query of ours calls would run as the superuser who backs up (CVE-2018-1058).
# And a role's or database's own statement_timeout is for its applications: to sum up a database of many files takes
# seconds, after a dump of hours.
# The role that it has its application take may not read what the user may who connects.
FIRST = "set search_path = pg_catalog, pg_temp; set statement_timeout = 0; set role none"
# The encoding of their clients is also a setting of roles and databases. This answers with one row.
OWN_ENCODING = "select pg_catalog.set_config('client_encoding', pg_catalog.getdatabaseencoding(), false)"
AS_ONESELF = "-c role=none"
PLAINLY = f"{AS_ONESELF} -c standard_conforming_strings=on"  # tokens in sql.py know no other strings


@dataclass(frozen=True, slots=True)
class Server:
    """Where and as whom to connect; what is empty is left to libpq (its socket, ~/.pgpass, the service's user).

    No password stands here: libpq reads it from `passfile`, in the shell where the programs run. `options` are
    settings (`-c name=value …`) that every session here begins with.
    """

    shell: Shell
    database: str
    user: str = ""
    host: str = ""
    port: int = 0
    passfile: str = ""
    stall: float = STALL  # seconds without a byte after which a program that dumps or asks is ended
    options: str = ""
    timezone: str = "UTC"  # of every session; `default` is the database's own

    def on(self, database: str) -> Server:
        """The same server, another database."""
        return replace(self, database=database)

    def with_container_defaults(self) -> Server:
        """The same server; database and user, where empty, are the official image's POSTGRES_DB and POSTGRES_USER.

        Either may be in a file that POSTGRES_DB_FILE or POSTGRES_USER_FILE names. Raises SourceError.
        """
        if self.database and self.user:
            return self
        its_database, its_user = self._variables("POSTGRES_DB", "POSTGRES_USER")
        user = self.user or its_user or "postgres"
        # The image names its database after its own user, whoever dumps it.
        return replace(self, database=self.database or its_database or its_user or user, user=user)

    def _variables(self, *names: str) -> list[str]:
        """Variables of the container's own environment, or what the files in NAME_FILE hold; empty when not set."""
        asked = "".join(SAID.replace("NAME", name) + NEXT for name in names)
        said = self._run(self.shell.command("sh", "-c", f'{asked}echo "$1"', "sh", END))
        return [value.rstrip("\n") for value in os.fsdecode(whole(said)).split("\0")[: len(names)]]

    @property
    def conninfo(self) -> str:
        """A libpq connection string; quoted, because a bare name with `=` would be read as one itself."""
        words = {
            "dbname": self.database, "user": self.user, "host": self.host,
            "port": str(self.port or ""), "passfile": self.passfile,
        }  # fmt: skip
        return " ".join(f"{word}={_quoted(value)}" for word, value in words.items() if value)

    def command(self, program: str, *args: str, options: str = "") -> Any:
        """`program` connected to this database, under settings that make a dump's text and messages reproducible.

        Nothing is converted: an empty PGCLIENTENCODING is the database's own. SQL_ASCII converts to nothing, and names,
        which all databases share, are in the encoding of whichever one they were written from.
        """
        words = " ".join(word for word in (self.options, options) if word)
        settings = (
            "LC_ALL=C",
            "PGCLIENTENCODING=",
            f"PGTZ={self.timezone}",
            *((f"PGOPTIONS={words}",) if words else ()),
        )
        return self.shell.command("env", *settings, program, "-d", self.conninfo, *args)

    def psql(self, *args: str, options: str = "") -> Any:
        """psql without anybody's psqlrc, stopping at the first error, of which it says the SQLSTATE too."""
        words = ("-X", "-q", "-w", "-v", "ON_ERROR_STOP=1", "-v", "VERBOSITY=verbose")
        return self.command("psql", *words, *args, options=options)

    def query(self, sql: str, *, first: str = FIRST) -> list[list[str]]:
        """Rows and columns of one query, as text (as Python has file names: bytes that are no UTF-8 are kept).

        `first`: what is said before; nothing for a query in which names have no schema. Raises SourceError with the
        server's reason.
        """
        before = ("-c", first) if first else ()
        answer = self._run(self.psql(*FORMAT, "-c", OWN_ENCODING, *before, "-c", sql, "-c", f"\\echo {END}"))
        return rows(os.fsdecode(whole(answer)))[1:]

    def execute(self, chunks: Iterable[bytes], *args: str, options: str = "") -> None:
        """Run a stream of SQL; nothing is committed by an unfinished stream. Raises SourceError."""
        try:
            # On one line with what comes first: line numbers in messages are those of the stream.
            feed(self.psql(*args, options=options), chain([f"{OWN_ENCODING}; ".encode()], chunks), DAY)
        except CommandFailed as error:
            raise explained(error, loading=True) from error

    def read(self, command: Any) -> Iterator[bytes]:
        """What `command` prints. Raises SourceError."""
        try:
            yield from read(command, self.stall)
        except CommandFailed as error:
            raise explained(error) from error

    def _run(self, command: Any) -> bytes:
        try:
            return output(command, stall=self.stall)
        except CommandFailed as error:
            raise explained(error) from error


def _quoted(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


# `psql:<stdin>:7: ERROR:  53200: out of shared memory`, in whatever language; 00, 01 and 02 are notices and warnings.
# A code has a digit; FATAL has none.
FAILURE = re.compile(r"^(.*?: {1,2})(?!0[012])(?=[A-Z]*[0-9])([0-9A-Z]{5}): (.*)$", re.MULTILINE)

# To begin a transaction in one, and to end none, are warnings by these; pg_dump does both around large objects.
WARNED = {"25001", "25P01"}


def _failure(said: str) -> re.Match[str] | None:
    """The first error, and what is only warned of where there is no other."""
    found = list(FAILURE.finditer(said))
    return next((one for one in found if one[2] not in WARNED), found[0] if found else None)


def sqlstate(error: SourceError) -> str:
    """The server's code of the first error that psql told (manual, appendix A); empty when there is none."""
    found = _failure(error.stderr) if isinstance(error, CommandFailed) else None
    return found[2] if found else ""


# Classes of SQLSTATE: insufficient resources, operator intervention (57014 is a statement's own timeout), system error.
UNABLE = re.compile("53|57P|58")


def answered(error: SourceError) -> bool:
    """Whether the server itself refused what it was asked, and neither ended nor lacked memory or room for it."""
    state = sqlstate(error)
    return bool(state) and UNABLE.match(state) is None


def explained(error: CommandFailed, *, loading: bool = False) -> CommandFailed:
    """The same with the first error for its message, and a hint; `stderr` stays whole."""
    found = _failure(error.stderr)
    message = f"{found[1]}{found[3]}" if found else error.message
    if found and loading:
        message += _within(error.stderr[found.end() :])
    hint = hint_for(message, loading=loading) or error.hint
    return CommandFailed(message, returncode=error.returncode, stderr=error.stderr, hint=hint)


# The rest of a CONTEXT quotes statements and rows.
FUNCTION = re.compile(
    r'^(?:CONTEXT:  )?(?:PL/pgSQL|SQL) function "?(?!inline_)([\w.$]+(?:\([^)\n]*\))?)"?', re.MULTILINE
)


def _within(more: str) -> str:
    found = FUNCTION.search(more)
    return f" (in the function {found[1]})" if found else ""
