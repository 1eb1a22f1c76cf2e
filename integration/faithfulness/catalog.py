"""What the server itself says of a database, its roles and its extensions; a dump's text is not asked."""

from __future__ import annotations

from collections.abc import Iterator

from backuptool.sources.server import Server

# Whatever a version has: every column but those that are another's for each database.
QUERIES = {
    "the database": """
        select to_jsonb(d) - '{oid,datname,datdba,dattablespace,datfrozenxid,datminmxid,datlastsysoid,datacl}'::text[],
            datdba::regrole, t.spcname,
            (select string_agg(a::text, ' ' order by a::text) from unnest(datacl) a) as grants,
            shobj_description(d.oid, 'pg_database')
        from pg_catalog.pg_database d join pg_catalog.pg_tablespace t on t.oid = dattablespace
        where datname = current_database()""",
    "a setting": """
        select setrole::regrole, unnest(setconfig) from pg_catalog.pg_db_role_setting
        where setdatabase = (select oid from pg_catalog.pg_database where datname = current_database())""",
    "a role": """
        select to_jsonb(r) - 'oid', shobj_description(oid, 'pg_authid') from pg_catalog.pg_authid r
        where rolname !~ '^pg_'""",
    "a role's setting": """
        select setrole::regrole, unnest(setconfig) from pg_catalog.pg_db_role_setting where setdatabase = 0""",
    "a membership": """
        select roleid::regrole, member::regrole, grantor::regrole,
            to_jsonb(m) - '{oid,roleid,member,grantor}'::text[] from pg_catalog.pg_auth_members m
        where member >= 16384""",
    "an extension": """
        select extname, extversion, extrelocatable, extnamespace::regnamespace, extowner::regrole,
            extconfig::regclass[], extcondition
        from pg_catalog.pg_extension""",
}
# What a dump has no rows of (materialised views), or not those of each table (partitions that hash an enum's labels).
RELATIONS = """
    select oid::regclass from pg_catalog.pg_class
    where relkind in ('m', 'p') and relispopulated and relnamespace <> 'pg_catalog'::regnamespace
    order by oid::regclass::text"""
ROWS = """
    select count(*), md5(string_agg(whole_row::text, E'\\n' order by whole_row::text collate "C")) from {0} whole_row"""


def answers(server: Server) -> Iterator[tuple[str, list[list[str]]]]:
    """What is asked, and the rows of the answer."""
    for name, sql in QUERIES.items():
        yield name, server.query(sql)
    for (relation,) in server.query(RELATIONS):
        yield f"rows of {relation}", server.query(ROWS.format(relation))
