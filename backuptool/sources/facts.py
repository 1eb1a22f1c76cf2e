"""What a dump does not say of its server and database: versions, encoding, locale, TimeZone, extensions, by query."""

from __future__ import annotations

import json

from backuptool.contents import ServerFacts
from backuptool.errors import CommandFailed, SourceError
from backuptool.shells.stream import output
from backuptool.sources.answer import END, whole
from backuptool.sources.server import FIRST, Server

# One command for both: in a container each takes 0.1 s and more.
ASKED = f'"$@" && pg_dump --version && echo "{END}"'
# to_jsonb: columns of later versions are null in earlier ones (datlocprovider came in 15, datlocale in 17).
QUERY = """
select json_build_object(
    'database', datname,
    'server_version', current_setting('server_version'),
    'server_version_num', current_setting('server_version_num')::int,
    'bootstrap_superuser', (select rolname from pg_catalog.pg_roles where oid = 10),
    'encoding', pg_catalog.pg_encoding_to_char(encoding),
    'collation', datcollate,
    'ctype', datctype,
    'locale_provider', case coalesce(to_jsonb(d)->>'datlocprovider', 'c')
        when 'c' then 'libc' when 'i' then 'icu' when 'b' then 'builtin' else to_jsonb(d)->>'datlocprovider' end,
    'locale', coalesce(to_jsonb(d)->>'datlocale', to_jsonb(d)->>'daticulocale'),
    'collation_version', to_jsonb(d)->>'datcollversion',
    'timezone', current_setting('TimeZone'),
    'extensions', coalesce((select json_object_agg(extname, extversion order by extname) from pg_catalog.pg_extension),
        '{}'::json),
    'collations', (select coalesce(json_agg(distinct collname), '[]'::json) from pg_catalog.pg_depend
        join pg_catalog.pg_collation c on refclassid = 'pg_catalog.pg_collation'::regclass and refobjid = c.oid
        where c.oid < 16384),
    'database_size', pg_catalog.pg_database_size(oid))
from pg_catalog.pg_database d where datname = current_database()
"""


def server_facts(server: Server) -> ServerFacts:
    """The facts. Raises SourceError."""
    # `default` sends nothing (libpq, 34.15): the TimeZone asked for is the database's own. JSON is UTF-8.
    plainly = ("env", "LC_ALL=C", "PGCLIENTENCODING=UTF8", "PGTZ=default", "PGOPTIONS=", "psql", "-X", "-q", "-w")
    asked = (*plainly, "-At", "-d", server.conninfo, "-c", FIRST, "-c", QUERY)
    try:
        answer, _, version = whole(output(server.shell.command("sh", "-c", ASKED, "sh", *asked))).partition(b"\n")
    except CommandFailed as error:
        raise SourceError(f"the server's facts: {error.message}", hint=error.hint) from error
    try:
        told = json.loads(answer.decode("utf-8", "replace"))
    except ValueError:
        raise SourceError(
            f"the server's facts: psql in {server.shell} printed something else before them",
            hint="what starts when somebody logs in there (.bashrc, a profile) may print nothing",
        ) from None
    return ServerFacts(**told, pg_dump_version=version.decode().split(")", 1)[-1].strip())
