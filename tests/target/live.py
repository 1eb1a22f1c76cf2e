"""A database that has data, and a restore that takes its name."""

from __future__ import annotations

from collections.abc import Callable

from backuptool.embedded.postgresql import PostgreSQL
from backuptool.sources.server import Server
from backuptool.target import Replacing, new_database, replaced

OTHERS = "select datname from pg_database where datname not in ('broker', 'postgres', 'template0', 'template1')"


FORCE = Replacing(force=True)


def load(
    target: Server, replacing: Replacing | None, then: Callable[[str], object] = lambda _: None, name: str = "live"
) -> None:
    """A restore of one table, and what comes `then`, before it is done; told the new database's name."""
    with new_database(target, name, replacing) as new:
        target.query(f'create database "{new}" template template0')
        target.on(new).query("create table public.restored ()")
        then(new)


def tables(server: PostgreSQL, name: str) -> str:
    return server.psql("select string_agg(relname, ' ') from pg_class where relkind = 'r' and oid >= 16384", name)


def kept(target: Server, name: str = "live") -> str:
    (one,) = replaced(target, name)
    return one.name


def described(server: PostgreSQL, name: str) -> str:
    """What pg_dump -C would say of the database, as the catalogs have it."""
    return server.psql(f"""
        select rolname, datconnlimit, datistemplate, datallowconn, shobj_description(d.oid, 'pg_database'),
            (select array_agg(acl::text order by acl::text) from unnest(datacl) acl),
            (select array_agg(setrole::regrole::text || setconfig::text order by setrole) from pg_db_role_setting
             where setdatabase = d.oid)
        from pg_database d join pg_roles r on r.oid = datdba where datname = '{name}'
    """)  # noqa: S608 - a name of this file
