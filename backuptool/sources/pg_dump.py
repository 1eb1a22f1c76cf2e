"""pg_dump's plain SQL, streamed out of where the database runs."""

from __future__ import annotations

import logging
from collections.abc import Generator, Iterator
from dataclasses import dataclass, field, replace

from backuptool.compression import compress
from backuptool.contents import Scan, ServerFacts
from backuptool.errors import SourceError
from backuptool.sources.answer import CUT
from backuptool.sources.completeness import complete
from backuptool.sources.facts import server_facts
from backuptool.sources.left_out import tell_left_out
from backuptool.sources.properties import database_sql
from backuptool.sources.roles import guarded
from backuptool.sources.server import AS_ONESELF, PLAINLY, Server

# A dump's text must not depend on settings of the database that is dumped.
OPTIONS = f"{PLAINLY} -c bytea_output=hex -c quote_all_identifiers=off"
ROLES_END = "\n--\n-- PostgreSQL database cluster dump complete\n--\n\n"
log = logging.getLogger(__name__)


@dataclass(slots=True)
class PgDump:
    """One database by pg_dump; `extra`: further arguments, none that arguments.py refuses.

    `lock_wait`: seconds that it waits for a table that another session has locked. Without an end it would hold the
    plan's own lock too, and every following night's run would be refused.
    """

    server: Server
    extra: tuple[str, ...] = ()
    lock_wait: int = 600
    options: str = OPTIONS
    _encoding: str = field(default="", init=False)
    _sees_passwords: bool = field(default=False, init=False)

    def prepare(self) -> None:
        """Learn the database's encoding, and whether this user may read the roles' passwords. Raises SourceError."""
        _refuse_line_end(self.server.database)
        sql = (
            "select pg_encoding_to_char(encoding), has_table_privilege('pg_catalog.pg_authid', 'select')"
            " from pg_catalog.pg_database where datname = current_database()"
        )
        rows = self.server.query(sql)
        if len(rows) != 1:
            raise SourceError("the server says nothing about its own database")
        self._encoding, self._sees_passwords = rows[0][0], rows[0][1] == "t"

    def dump(self, scan: Scan) -> Generator[bytes, None, None]:
        """The plain dump, compressed; complete, or SourceError."""
        yield from compress(self.text(scan))

    def text(self, scan: Scan) -> Iterator[bytes]:
        """The plain dump as it is; complete, or SourceError."""
        own = ("-w", "-E", self._encoding, "--no-tablespaces", f"--lock-wait-timeout={self.lock_wait}s")
        command = self.server.command("pg_dump", *own, *self.extra, options=self.options)
        yield from scan.watch(complete(self.server.read(command)))

    def as_a_script_does(self) -> PgDump:
        """The same under the database's own settings, TimeZone among them: so dumps the container's own script."""
        return replace(self, server=replace(self.server, timezone="default"), options=AS_ONESELF)

    def database(self) -> Iterator[bytes]:
        """SQL that makes the empty database named by the psql variable target_db."""
        tell_left_out(self.server)
        yield from database_sql(self.server, self._encoding)

    def roles(self) -> Iterator[bytes]:
        """SQL for psql that makes the roles which a server lacks, their memberships, their passwords where this user
        may read them (else a comment says that they lack)."""
        without = () if self._sees_passwords else ("--no-role-passwords",)
        if without:
            log.warning(
                "the roles' passwords are not in the backup: %s may not read them", self.server.user or "its user"
            )
            yield f"-- without passwords: the user {self.server.user!r} may not read them\n".encode()
        words = ("-w", "--globals-only", "--no-tablespaces", "--encoding=UTF8", *without)
        command = self.server.command("pg_dumpall", *words, options=PLAINLY)
        printed = b"".join(self.server.read(command)).decode("utf-8", "surrogateescape")
        if not printed.endswith(ROLES_END):
            raise SourceError("the roles are not complete: their end marker is missing", hint=CUT)
        yield guarded(printed).encode("utf-8", "surrogateescape")

    def facts(self) -> ServerFacts:
        """Versions, encoding, locale, extensions, by query. Raises SourceError."""
        return server_facts(self.server)


def _refuse_line_end(name: str) -> None:
    if "\n" in name or "\r" in name:
        raise SourceError(
            f"the database {name!r} cannot be dumped: its name has a line end, which pg_dump -C refuses",
            hint="give it another name: ALTER DATABASE … RENAME TO …",
        )
