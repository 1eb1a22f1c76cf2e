"""A restore of one table, and what databases there are then."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from backuptool.embedded.postgresql import PostgreSQL
from backuptool.shells.local import Local
from backuptool.sources.server import Server
from backuptool.target import new_database, prepared


@contextmanager
def watched(server: PostgreSQL) -> Iterator[Server]:
    """A server by its maintenance database; what is left in it is an error."""
    before = databases(server)
    yield prepared(Server(Local(str(server.programs)), "broker", "postgres", str(server.socket)))
    after = databases(server)
    assert after == before, f"there were {before}, and now {after}"


def databases(server: PostgreSQL) -> str:
    """Every database, and whether it can be connected to."""
    return server.psql("select string_agg(datname || '|' || left(datallowconn::text, 1), ' ' order by datname)"
                       " from pg_database")  # fmt: skip


def load(target: Server, name: str, then: Callable[[str], object] = lambda _: None) -> None:
    """A restore of one table, and what comes `then`, before it is done; told the new database's name."""
    with new_database(target, name) as new:
        target.query(f'create database "{new}" template template0')
        target.on(new).query("create table public.restored ()")
        then(new)
