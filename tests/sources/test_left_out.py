"""What pg_dump leaves out without a word is said in a backup's log."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest

from backuptool.embedded.postgresql import PostgreSQL
from backuptool.errors import SourceError
from backuptool.shells.local import Local
from backuptool.sources.pg_dump import PgDump
from backuptool.sources.server import Server

TAKEN = """
    create extension vector;
    create table precious as select 42 as answer;
    create table "an empty one" ();
    alter extension vector add table precious;
    alter extension vector add table "an empty one";
"""


@pytest.fixture
def there(server: PostgreSQL) -> Iterator[Server]:
    server.psql("create database left_out")
    yield Server(Local(str(server.programs)), "left_out", server.user, str(server.socket))
    server.psql("drop database left_out")


def said(there: Server, caplog: pytest.LogCaptureFixture) -> str:
    source = PgDump(there)
    source.prepare()
    with caplog.at_level(logging.WARNING):
        b"".join(source.database())
    return caplog.text


def test_nothing_is_said_of_a_database_that_is_dumped_whole(there: Server, caplog: pytest.LogCaptureFixture) -> None:
    assert said(there, caplog) == ""


def test_rows_of_a_table_that_was_made_part_of_an_extension_are_in_no_backup(
    server: PostgreSQL, there: Server, caplog: pytest.LogCaptureFixture
) -> None:
    server.psql(TAKEN, "left_out")
    assert "no backup has the rows of public.precious: the table is a part of the extension vector" in said(
        there, caplog
    )
    assert "empty" not in caplog.text


def test_grants_on_a_schema_public_under_another_name_are_in_no_backup(
    server: PostgreSQL, there: Server, caplog: pytest.LogCaptureFixture
) -> None:
    server.psql("alter schema public rename to app; create schema public", "left_out")
    assert "no backup has the grants on the schema app: it was public" in said(there, caplog)


@pytest.mark.parametrize("name", ["two\nlines", "two\rlines"])
def test_a_name_that_pg_dump_refuses_is_refused_before_the_dump(there: Server, name: str) -> None:
    with pytest.raises(SourceError, match="its name has a line end") as refused:
        PgDump(there.on(name)).prepare()
    assert "RENAME" in refused.value.hint
