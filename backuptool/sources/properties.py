r"""The database itself: owner, encoding, locale, settings, grants, comment, as SQL for a database of any name.

They are neither in a plain pg_dump nor in the globals. `pg_dump -C` has them, but in the main dump its trailing grants
name the live database; so those entries are taken out of a schema-only archive by pg_restore, and the name becomes the
psql variable target_db.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from backuptool.errors import SourceError
from backuptool.shells.stream import output
from backuptool.sources.server import Server
from backuptool.sources.sql import identifier, tokens

ENTRY = re.compile(rb"^\d+; \d+ \d+ (DATABASE|DATABASE PROPERTIES|(ACL|COMMENT|SECURITY LABEL) - DATABASE) ")
# pg_restore reads the archive from stdin and its list from a pipe: no file is made in the database's container.
RESTORE = 'exec 3<&0; printf "%s" "$1" | pg_restore -C -L /dev/fd/4 -f - 4<&0 <&3'
HEAD = """\
-- The empty database: psql -v target_db=NAME names it; without, it gets the name it was dumped under.
\\if :{{?target_db}}
\\else
\\set target_db {name}
\\endif
"""


def database_sql(server: Server) -> Iterator[bytes]:
    """SQL that makes the database of `server` anew, empty. Raises SourceError."""
    # Without any schema the archive holds little but the database's own entries.
    archive = b"".join(server.read(server.command("pg_dump", "-w", "-Fc", "-C", "-s", "-N", "*")))
    listed = output(server.shell.command("pg_restore", "-C", "-l"), archive)
    chosen = b"".join(line + b"\n" for line in listed.split(b"\n") if ENTRY.match(line))
    if b" DATABASE " not in chosen:
        raise SourceError("pg_dump -C names no database")
    made = output(server.shell.command("sh", "-c", RESTORE, "sh", chosen.decode()), archive)
    yield HEAD.format(name=_psql_literal(server.database)).encode()
    yield _renamed(made.decode(), server.database).encode()


def _renamed(sql: str, database: str) -> str:
    """The same statements about `:"target_db"`; psql's own commands (\\connect, \\restrict) are left out."""
    made: list[str] = []
    before = ""
    own = identifier(database)
    for token in tokens(sql):
        if token.startswith("\\"):
            continue
        made.append(':"target_db"' if before == "DATABASE" and token in (own, database) else token)
        before = token if token.strip() else before
    return "".join(made)


def _psql_literal(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'").replace("\n", "\\n") + "'"
