r"""The database itself: owner, encoding, locale, settings, grants, comment, as SQL for a database of any name.

They are neither in a plain pg_dump nor in the globals. `pg_dump -C` has them, but in the main dump its trailing grants
name the live database; so those entries are taken out of a schema-only archive by pg_restore, and the name becomes the
psql variable target_db.

What stands in a catalog that all databases share (a comment, a setting, a name) is in the encoding of the database that
it was written from. So no byte of it is converted: it is read in the dumped database's encoding, and written over a
connection to the new one, which has the same.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator

from backuptool.errors import SourceError
from backuptool.shells.stream import output
from backuptool.sources.answer import END, whole
from backuptool.sources.completeness import complete
from backuptool.sources.server import PLAINLY, Server
from backuptool.sources.sql import identifier, tokens

ENTRY = re.compile(rb"^\d+; \d+ \d+ (DATABASE|DATABASE PROPERTIES|(ACL|COMMENT|SECURITY LABEL) - DATABASE) ")
LISTED = f'pg_restore -C -l && echo "{END}"'
# pg_restore reads the archive from stdin and its list from a pipe: no file is made in the database's container.
RESTORE = 'exec 3<&0; printf "%s" "$1" | pg_restore -C -L /dev/fd/4 -f - 4<&0 <&3'
HEAD = """\
-- The empty database: psql -v target_db=NAME names it; without, it gets the name it was dumped under.
\\if :{{?target_db}}
\\else
\\set target_db {name}
\\endif
"""
OF_TEMPLATE0 = """
    select exists (select from pg_catalog.pg_extension where extname = 'plpgsql'),
        rolname, nspowner = 10, current_setting('server_version_num'), exists (
        select from pg_catalog.aclexplode(nspacl) where grantee = 0 and privilege_type = 'CREATE')
    from (values (1)) one left join (pg_catalog.pg_namespace join pg_catalog.pg_roles r on r.oid = nspowner)
        on nspname = 'public'
"""
# The first server version of which pg_dump tells who owns the schema public. Until then everybody may create in it.
OWNER_DUMPED = 150000
GRANT_CREATE = """
SELECT 'GRANT CREATE ON SCHEMA public TO PUBLIC' WHERE current_setting('server_version_num')::int >= 150000 \\gexec
"""
PUBLIC_DROPPED = b"""
-- The schema that template0 brings was dropped in the dumped database.
DROP SCHEMA public;
"""
# Who makes the database does not own it, unless it is a superuser; then it stays, and is no obstacle to most dumps.
WITHOUT_PLPGSQL = b"""
-- The language that template0 brings was dropped in the dumped database.
SELECT 'DROP EXTENSION plpgsql' FROM pg_catalog.pg_extension
WHERE extname = 'plpgsql' AND pg_catalog.pg_has_role(extowner, 'USAGE') \\gexec
"""
ENCODING = re.compile(r"^SET client_encoding = '\w+';\n", re.MULTILINE)
STRINGS = re.compile(r"^SET standard_conforming_strings = \w+;\n", re.MULTILINE)
# psql takes a name with `=` in it, or one that begins with postgresql://, for a connection string: so it is given one.
CONNECT = r"""
SELECT 'dbname=''' || replace(replace(:'target_db', E'\\', E'\\\\'), '''', E'\\''') || '''' AS target_conninfo \gset
\connect -reuse-previous=on :"target_conninfo"
"""


def database_sql(server: Server, encoding: str) -> Iterator[bytes]:
    """SQL that makes the database of `server`, which has this `encoding`, anew, empty. Raises SourceError."""
    # Without any schema the archive holds little but the database's own entries.
    words = ("-w", "-E", encoding, "-Fc", "-C", "-s", "-N", "*", "--no-tablespaces")
    archive = b"".join(server.read(server.command("pg_dump", *words, options=PLAINLY)))
    listed = whole(output(server.shell.command("sh", "-c", LISTED), archive))
    chosen = [line for line in listed.split(b"\n") if ENTRY.match(line)]
    if not any(b" DATABASE " in line for line in chosen):
        raise SourceError("pg_dump -C names no database")
    numbers = "".join(line.partition(b" ")[0].decode() + "\n" for line in chosen)  # "12;" is enough for pg_restore -L
    made = b"".join(complete([output(server.shell.command("sh", "-c", RESTORE, "sh", numbers), archive)]))
    yield os.fsencode(HEAD.format(name=_psql_literal(server.database)))
    yield os.fsencode(_renamed(os.fsdecode(made), server.database))
    yield of_template0(server)


def of_template0(server: Server, owner_dumped: int = OWNER_DUMPED) -> bytes:
    """What pg_dump does not say of what template0 brings: that its schema public or its language was dropped, or whose
    the schema is, and that all may create in it. The last for servers that need it said: on others, a drill finds as
    many statements as before."""
    ((plpgsql, owner, superuser, version, everybody),) = server.query(OF_TEMPLATE0)
    if not owner:
        public = PUBLIC_DROPPED
    elif int(version) >= owner_dumped:
        public = b""
    else:
        owned = "" if superuser == "t" else f"\nALTER SCHEMA public OWNER TO {identifier(owner)};\n"
        public = os.fsencode(owned + (GRANT_CREATE if everybody == "t" else ""))
    return public + (b"" if plpgsql == "t" else WITHOUT_PLPGSQL)


def _renamed(sql: str, database: str) -> str:
    """The same statements about `:"target_db"`, over a connection to it once it is made.

    psql's own commands (\\restrict, and \\connect, which comes too late: after the owner) are left out. The encoding is
    that of what stands in the database: it is said in there, and not before, where the new name would be converted.
    """
    made: list[str] = []
    before = ""
    creates = False
    own = identifier(database)
    session = "".join(found[0] for setting in (ENCODING, STRINGS) if (found := setting.search(sql)))
    for token in tokens(ENCODING.sub("", sql, count=1)):
        if token.startswith("\\"):
            continue
        made.append(':"target_db"' if before == "DATABASE" and token in (own, database) else token)
        creates = creates or (before, token) == ("CREATE", "DATABASE")
        if creates and token == ";":  # noqa: S105 - a semicolon is no password
            made.append(CONNECT + session.removesuffix("\n"))
            creates = False
        before = token if token.strip() else before
    return "".join(made)


def _psql_literal(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'").replace("\n", "\\n") + "'"
