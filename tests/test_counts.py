"""Rows are counted where nobody wants to wait for more."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from backuptool.comparison import Outcome
from backuptool.contents import Scan
from backuptool.counts import AT_ONCE, count
from backuptool.embedded.postgresql import PostgreSQL
from tests.test_comparison import source

ODD = '"Odd ""one"""'
MADE = f"""
    create table parent (a int);
    create table child (b int) inherits (parent);
    insert into parent values (1);
    insert into child values (2), (3);
    create table parted (a int) partition by list (a);
    create table part_one partition of parted for values in (1);
    insert into parted values (1), (1);
    create schema {ODD};
    create table {ODD}.t (a int);
    create table "with
newline" (a int);
    create table "with newline" (a int);
    insert into "with newline" values (1);
    create extension vector;
    create table choices as select generate_series(1, 3) as a;
    alter extension vector add table choices;
    update pg_extension set extconfig = array['choices'::regclass::oid], extcondition = array['where a > 1']
        where extname = 'vector';
    select lo_from_bytea(4711, 'some bytes');
"""  # noqa: S608 - a constant

UMLAUTS = r"""
    create table U&"gr\00f6\00dfe" as select 1 as a;
    create table U&"m\00fcll" (a int) partition by list (a);
    create table part partition of U&"m\00fcll" for values in (1);
    insert into part values (1);
"""
EMPTIED = r'delete from U&"gr\00f6\00dfe"; delete from part'


@pytest.fixture
def counted(server: PostgreSQL) -> Iterator[PostgreSQL]:
    server.psql("create database counted")
    server.psql(MADE, "counted")
    yield server
    server.psql("drop database counted")


def outcome(server: PostgreSQL, change: str = "", database: str = "counted") -> Outcome:
    original, scan = source(server, database), Scan()
    for _ in original.text(scan):
        pass
    server.psql(change, database)
    return count(scan.result(), original.server)


def test_rows_are_counted_each_once_whatever_the_names_are(counted: PostgreSQL) -> None:
    """Of `choices` the dump has only those that the extension did not bring."""
    note = "public.choices was not counted: an extension has rows in it"
    assert outcome(counted) == Outcome(tables=6, rows=6, same_text=False, notes=(note,))


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ("delete from only parent", "public.parent: 0 rows, not 1"),
        ("insert into parted values (1)", "partitions of public.parted: 3 rows, not 2"),
        (f"drop schema {ODD} cascade", 'Odd "one".t is missing'),
        ("select lo_unlink(4711)", "0 large objects, not 1"),
    ],
)
def test_another_number_is_a_difference(counted: PostgreSQL, change: str, told: str) -> None:
    assert outcome(counted, change).differences == (told,)


def test_there_may_be_many_tables(counted: PostgreSQL) -> None:
    loop = f"for i in 1..{AT_ONCE + 1} loop execute format('create table %I (a int)', 'many' || i); end loop"
    counted.psql(f"do $$ begin {loop}; end $$", "counted")
    assert outcome(counted).tables == AT_ONCE + 1 + 6


def test_names_that_are_no_utf_8_are_found(server: PostgreSQL) -> None:
    server.psql("create database latin1 template template0 encoding 'LATIN1' locale 'C'")
    server.psql(UMLAUTS, "latin1")
    assert outcome(server, database="latin1") == Outcome(tables=2, rows=2, same_text=False)
    assert outcome(server, EMPTIED, "latin1").differences == (
        r"public.gr\xf6\xdfe: 0 rows, not 1",
        r'partitions of public."m\xfcll": 0 rows, not 1',
    )
    server.psql("drop database latin1")
