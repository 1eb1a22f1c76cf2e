"""What a query answers is what the server has, whatever stands in it, and whatever the server says beside it."""

from __future__ import annotations

import pytest

from backuptool.embedded.postgresql import PostgreSQL
from backuptool.shells.local import Local
from backuptool.sources.server import Server
from backuptool.sources.session import session
from backuptool.sources.sql import identifier, literal

ODD = ["\x1d\n\x1e\x1f", "\n\x1d\n", "\r\n", 'a,"b"', "\\.", "", " ", "x\n", "ü" * 200_000]


@pytest.fixture
def there(server: PostgreSQL) -> Server:
    return Server(Local(str(server.programs)), "postgres", server.user, str(server.socket))


@pytest.mark.parametrize("text", ODD, ids=lambda text: repr(text)[:12])
def test_any_text_comes_back_as_it_is(there: Server, text: str) -> None:
    one = f"select {literal(text)}" if len(text) < 1000 else f"select repeat('{text[0]}', {len(text)})"
    two = f"select 1, a from ({one}) one (a) union all select 2, ''"  # noqa: S608 - of this file
    with session(there) as inside:
        for ask in (there.query, inside.ask):
            assert ask(one) == [[text]]
            assert ask(two) == [["1", text], ["2", ""]]


def test_no_row_is_no_answer(there: Server) -> None:
    with session(there) as inside:
        for ask in (there.query, inside.ask):
            assert ask("select 1 where false") == []
            assert ask("begin; rollback") == []


def test_a_database_of_any_name_hinders_no_query_about_all(server: PostgreSQL, there: Server) -> None:
    name = "odd\x1e\x1f\n"
    server.psql(f"create database {identifier(name)}")
    try:
        assert [name] in there.query("select datname from pg_database")
    finally:
        server.psql(f"drop database {identifier(name)}")


def test_what_the_server_says_beside_an_answer_stops_no_session(there: Server) -> None:
    """A pipe that nobody reads holds 64 KiB."""
    with session(there) as inside:
        inside.ask("do 'begin raise notice ''%'', repeat(''x'', 300000); end'")
        assert inside.ask("select 1") == [["1"]]
