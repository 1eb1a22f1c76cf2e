"""The settings under which any database can be loaded, and a loaded one looked at."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from backuptool.embedded.postgresql import PostgreSQL
from backuptool.shells.local import Local
from backuptool.sources.server import Server
from backuptool.target import prepared

MADE = """
    create database odd;
    alter database odd set array_nulls = off;
    \\connect odd
    create table logins (who text);
    create function note() returns event_trigger language plpgsql as $$ begin
        insert into public.logins values (session_user);
    end $$;
    create event trigger note on login execute function note();
"""


@pytest.fixture
def odd(server: PostgreSQL) -> Iterator[Server]:
    """A database that writes down who logs in, and for which `{NULL}` is a text."""
    server.psql(MADE)
    yield Server(Local(str(server.programs)), "odd", "postgres", str(server.socket))
    server.psql("drop database odd")


def test_a_login_trigger_writes_nothing_into_what_is_compared(odd: Server) -> None:
    copy = prepared(odd).on("odd")
    count = "select count(*) from public.logins"
    assert copy.query(count) == [["0"]]
    assert copy.query(count) == [["0"]]
    assert odd.query(count) == [["1"]]


def test_a_null_in_an_array_is_loaded_as_one(odd: Server) -> None:
    null = "select ('{NULL}'::text[])[1] is null"
    assert odd.query(null) == [["f"]]
    assert prepared(odd).on("odd").query(null) == [["t"]]
