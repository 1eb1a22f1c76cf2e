"""What a dump needs of the server it is loaded into: asked before anything is written, and told all at once."""

from __future__ import annotations

import logging
import re
from collections.abc import Container, Iterable, Iterator

from backuptool.contents import ServerFacts
from backuptool.errors import CommandFailed, SourceError
from backuptool.shells.stream import output
from backuptool.sources.server import Server, sqlstate
from backuptool.sources.sql import literal

VERSION = re.compile(r"\) (\d+)")  # pg_dump (PostgreSQL) 17.6 (Debian 17.6-1)
log = logging.getLogger(__name__)
EXTENSIONS = "select name, default_version from pg_catalog.pg_available_extensions"
COLLATIONS = """
    select collname from pg_catalog.pg_collation
    where collencoding in (-1, pg_catalog.pg_char_to_encoding({encoding}))
"""
TABLESPACES = "select spcname from pg_catalog.pg_tablespace"
PLAIN = ("C", "POSIX")  # locales that every system has
UNKNOWN = "22023"  # SQLSTATE invalid_parameter_value: could not create locale
# The server's function that refuses a locale of another encoding than the database's, under the same SQLSTATE; its
# name is part of a verbose message, of which nothing else can be told where lc_messages is not English.
OF_ANOTHER_ENCODING = "check_encoding_locale_matches"
HINT = "restore into a server that has all of that, or install it there; nothing was written"


def refuse_unless_fit(server: Server, facts: ServerFacts, hint: str = HINT, called: str = "this server") -> None:
    """Raises SourceError with everything that `server`, as a person calls it, lacks for a database with these facts."""
    available = {row[0]: row[1] for row in server.query(EXTENSIONS)}
    lacking = [
        *_version(server, facts),
        *_named("extension", facts.extensions, available),
        *_locales(server, facts),
        *_named("collation", facts.collations, _first(server, COLLATIONS.format(encoding=literal(facts.encoding)))),
        *_named("tablespace", facts.tablespaces, _first(server, TABLESPACES)),
    ]
    if lacking:
        raise SourceError(
            f"{called} cannot take the database: it needs {'; '.join(lacking)}",
            hint=hint,
        )
    for name, version in facts.extensions.items():
        if name in available and available[name] != version:
            log.warning("the extension %s was %s, and will be %s here", name, version, available[name])


def refuse_unless_comparable(server: Server) -> None:
    """Raises SourceError when the pg_dump there is older than `server`, of which it dumps nothing."""
    told = VERSION.search(output(server.shell.command("pg_dump", "--version")).decode(errors="replace"))
    ((number,),) = server.query("select current_setting('server_version_num')")
    major = int(number) // 10000
    if told and int(told[1]) < major:
        raise SourceError(
            f"pg_dump there is of version {told[1]}, and the server of {major}: the copy cannot be compared",
            hint="install the server's own version there; or --quick, which counts rows. Nothing was written",
        )


def _version(server: Server, facts: ServerFacts) -> Iterator[str]:
    """An older server refuses what a newer one's dump says: settings, types, syntax."""
    ((number, shown),) = server.query("select current_setting('server_version_num'), current_setting('server_version')")
    if int(number) // 10000 < facts.server_version_num // 10000:
        yield f"PostgreSQL {facts.server_version_num // 10000} or newer (this is {shown})"


def _named(kind: str, wanted: Iterable[str], there: Container[str]) -> Iterator[str]:
    missing = sorted(name for name in wanted if name not in there)
    if missing:
        yield f"the {kind}{'s' if len(missing) > 1 else ''} {', '.join(missing)}"


def _first(server: Server, sql: str) -> set[str]:
    return {row[0] for row in server.query(sql)}


def _locales(server: Server, facts: ServerFacts) -> Iterator[str]:
    if facts.locale_provider == "icu" and not server.query(
        "select 1 from pg_catalog.pg_collation where collprovider = 'i' limit 1"
    ):
        yield "a PostgreSQL that was built with ICU"
    for name in sorted({facts.collation, facts.ctype, *facts.locales} - set(PLAIN)):
        if not _knows(server, name):
            yield f"the operating system's locale {name}"


def _knows(server: Server, locale: str) -> bool:
    """Whether the server's system has a locale: asked by making a collation of it, which is rolled back.

    pg_collation has only what was there at initdb. Another error than the one for an unknown locale proves nothing: a
    locale of another encoding than this database's is there, and CREATE DATABASE decides whether it fits the new one.
    """
    probe = f"create collation pg_temp.backuptool (provider = libc, locale = {literal(locale)})"
    try:
        server.query(f"begin; {probe}; rollback")
    except SourceError as error:
        said = error.stderr if isinstance(error, CommandFailed) else ""
        return sqlstate(error) != UNKNOWN or OF_ANOTHER_ENCODING in said
    return True
