"""A copy that is the original is found to be it; a copy that is not is not, and the table and its rows are named."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace

import pytest

from backuptool.comparison import Outcome, compare
from backuptool.contents import Scan
from backuptool.contents.rows import Rows, differing
from backuptool.embedded.postgresql import PostgreSQL
from backuptool.shells.local import Local
from backuptool.sources.pg_dump import PgDump
from backuptool.sources.server import Server

ODD = '"Odd ""one"""'
MADE = f"""
    create table public.item (id int primary key, note text);
    insert into item select i, 'note ' || i from generate_series(1, 1000) i;
    create table {ODD} (a int);
    insert into {ODD} values (1), (2);
    create table nothing (a int);
    create index on item (note);
    create sequence seq;
    select setval('seq', 41);
    select lo_from_bytea(4711, 'some bytes');
"""  # noqa: S608 - a constant


@pytest.fixture
def copies(server: PostgreSQL) -> Iterator[PostgreSQL]:
    """The databases `original` and `copy`, the same."""
    server.psql("create database original")
    server.psql(MADE, "original")
    server.psql("create database copy template original")
    yield server
    server.psql("drop database if exists copy")
    server.psql("drop database original")


def source(server: PostgreSQL, database: str) -> PgDump:
    made = PgDump(Server(Local(str(server.programs)), database, "postgres", str(server.socket)))
    made.prepare()
    return made


def compared(server: PostgreSQL) -> Outcome:
    original, scan = source(server, "original"), Scan()
    for _ in original.text(scan):
        pass
    return compare(scan.result(), original.text, source(server, "copy"))


def test_a_copy_that_is_the_original_is_found_to_be_it(copies: PostgreSQL) -> None:
    assert compared(copies) == Outcome(tables=3, rows=1002, same_text=True)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ("update item set note = 'x' where id = 1000", "public.item: different: row 1000"),
        ("delete from item where id = 1000", "public.item: 999 rows, not 1000; different: after row 999"),
        ("delete from item where id = 1", "public.item: 999 rows, not 1000; different: rows 1, 2, 3 and 996 more"),
        ("insert into item values (0, null)", "public.item: 1001 rows, not 1000; different: after row 1000"),
        ('truncate "Odd ""one"""', 'public.Odd "one": 0 rows, not 2; different: after row 0'),
        ("drop table nothing", "public.nothing is missing"),
        (
            "alter sequence seq restart",
            "a sequence stands elsewhere: SELECT pg_catalog.setval('public.seq', 41, true);",
        ),
        ("select setval('seq', 42)", "a sequence stands elsewhere: SELECT pg_catalog.setval('public.seq', 41, true);"),
        ("select lo_put(4711, 0, 'S')", "a large object has other content (of 1)"),
        ("select lo_unlink(4711)", "0 large objects, not 1"),
    ],
)
def test_a_copy_that_is_not_is_said_to_differ(copies: PostgreSQL, change: str, told: str) -> None:
    copies.psql(change, "copy")
    assert compared(copies).differences == (told,)


def test_the_same_rows_in_another_order_are_no_difference(copies: PostgreSQL) -> None:
    copies.psql("update item set note = note where id < 10", "copy")
    outcome = compared(copies)
    assert outcome.differences == ()
    assert outcome.notes == ("public.item has the same rows in another order",)
    assert not outcome.same_text


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ("drop index item_note_idx", "INDEX public.item_note_idx is missing"),
        ("grant select on item to public", "the ACL of TABLE public.item is new"),
        ("alter table item alter note set default 'x'", "TABLE public.item has another definition"),
    ],
)
def test_another_definition_is_a_change_that_is_named(copies: PostgreSQL, change: str, told: str) -> None:
    copies.psql(change, "copy")
    outcome = compared(copies)
    assert (outcome.differences, outcome.same_text) == ((), False)
    assert [str(one) for one in outcome.changes] == [told]


def test_columns_in_another_order_are_no_difference_of_the_rows(copies: PostgreSQL) -> None:
    copies.psql("create table parent (a int); create table child (b int) inherits (parent)", "original")
    copies.psql("alter table parent add c text; insert into child values (1, 2, 'x'), (3, 4, null)", "original")
    copies.psql("create table parent (a int, c text); create table child (b int) inherits (parent)", "copy")
    copies.psql("insert into child values (1, 'x', 2), (3, null, 4)", "copy")
    outcome = compared(copies)
    assert outcome.differences == ()
    assert outcome.notes == ("public.child has its columns in another order, and the same rows",)
    copies.psql("update only child set b = 5 where a = 3", "copy")
    assert compared(copies).differences == ("public.child: different: row 2",)


def test_rows_that_the_dump_does_not_count_are_noted(copies: PostgreSQL) -> None:
    copies.psql("create table extra as select 1", "copy")
    outcome = compared(copies)
    assert outcome.differences == ()
    assert outcome.notes == ("not compared, because the dump counts no rows of it: public.extra",)


def test_what_the_dump_has_no_data_of_and_the_copy_has_none_in_is_no_difference(copies: PostgreSQL) -> None:
    """By extra_args = ["--exclude-table-data=late*"]."""
    for name in ("original", "copy"):
        copies.psql("create table late (id serial, note text)", name)
    copies.psql("insert into late (note) values ('x')", "original")
    original, scan = replace(source(copies, "original"), extra=("--exclude-table-data=late*",)), Scan()
    original.prepare()
    for _ in original.text(scan):
        pass
    outcome = compare(scan.result(), original.text, source(copies, "copy"))
    assert (outcome.differences, outcome.notes, outcome.changes) == ((), (), ())
    copies.psql("insert into late (note) values ('x')", "copy")
    outcome = compare(scan.result(), original.text, source(copies, "copy"))
    assert [str(one) for one in outcome.changes] == ["TABLE DATA public.late is new"]
    assert outcome.differences == (
        "a sequence stands elsewhere: SELECT pg_catalog.setval('public.late_id_seq', 1, true);",
    )


def rows(*pieces: bytes) -> Rows:
    made = Rows()
    for piece in pieces:
        made.add(piece)
    return made


def test_rows_are_the_same_however_their_bytes_come() -> None:
    assert rows(b"one\ntwo\n").is_only_another_order_of(rows(b"t", b"wo\no", b"", b"ne\n"))
    assert not rows(b"one\none\n").is_only_another_order_of(rows(b"one\n"))
    assert not rows(b"one\none\n").is_only_another_order_of(rows(b"one\ntwo\n"))
    assert differing(rows(b"a\nb\n"), rows(b"a\nc\n")) == "row 2"


def test_the_places_of_rows_take_no_more_memory_however_many_tables_differ() -> None:
    made = Rows(most=2)
    made.add(b"1\n2\n3\n")
    assert (len(made.places), made.count) == (2, 3)
    assert made.is_only_another_order_of(rows(b"3\n2\n1\n"))


# In a process of its own: what other threads of pytest's worker get meanwhile would count too.
PEAK = """
import sys, tracemalloc
from backuptool.contents.rows import Rows
made, piece = Rows(), b"x" * int(sys.argv[1])
tracemalloc.start()
for _ in range(128):
    made.add(piece)
print(tracemalloc.get_traced_memory()[1])
"""


def test_a_row_may_be_larger_than_memory() -> None:
    """Joined with each piece that came, 200 MB took five minutes."""
    made, piece, pieces = Rows(), b"x" * (1 << 17), 128
    for _ in range(pieces):
        made.add(piece)
    made.add(b"\n")
    assert made.is_only_another_order_of(rows(piece * pieces + b"\n"))
    done = subprocess.run([sys.executable, "-c", PEAK, str(len(piece))], capture_output=True, check=True)
    assert int(done.stdout) < 4 * len(piece)


def test_partitions_that_only_the_backup_loads_through_their_root_are_compared_together(copies: PostgreSQL) -> None:
    """By extra_args = ["--load-via-partition-root"]."""
    for name in ("original", "copy"):
        copies.psql("create table parted (a int) partition by list (a); create table part partition of parted default;"
                    " insert into parted values (1), (2)", name)  # fmt: skip
    original, scan = replace(source(copies, "original"), extra=("--load-via-partition-root",)), Scan()
    original.prepare()
    for _ in original.text(scan):
        pass
    assert compare(scan.result(), original.text, source(copies, "copy")).differences == ()
    copies.psql("insert into parted values (3)", "copy")
    told = compare(scan.result(), original.text, source(copies, "copy")).differences
    assert told == ("partitions of public.parted: 3 rows, not 2; different: some rows",)
    copies.psql("delete from parted where a = 2", "copy")
    told = compare(scan.result(), original.text, source(copies, "copy")).differences
    assert told == ("partitions of public.parted: different: some rows",)


HASHED = """
    create type colour as enum ({labels});
    create table hashed (c colour, note text) partition by hash (c);
    create table hashed_0 partition of hashed for values with (modulus 2, remainder 0);
    create table hashed_1 {second};
    insert into hashed select c, n from unnest(enum_range(null::colour)) c, generate_series(1, 3) n;
"""
PART = "partition of hashed for values with (modulus 2, remainder 1)"
OTHER_ORDER = """(note text, c colour);
    alter table hashed attach partition hashed_1 for values with (modulus 2, remainder 1)"""
COLOURS = [f"'{letter}'" for letter in "abcdefgh"]


def test_hash_partitions_by_an_enum_are_compared_row_by_row(copies: PostgreSQL) -> None:
    """Whose labels have other ids, and so other partitions, on each server."""
    copies.psql(HASHED.format(labels=", ".join(COLOURS), second=PART), "original")
    copies.psql(HASHED.format(labels=", ".join(COLOURS), second=PART), "copy")
    copies.psql("update hashed set note = note where note = '1'", "copy")  # should all ids hash as the original's
    outcome = compared(copies)
    assert outcome.differences == ()
    assert outcome.notes == ("partitions of public.hashed has the same rows, in other partitions or another order",)
    copies.psql("update hashed set note = '9' where c = 'a' and note = '1'", "copy")
    assert compared(copies).differences == ("partitions of public.hashed: different: some rows",)


def test_partitions_whose_columns_have_several_orders_are_noted_as_not_compared(copies: PostgreSQL) -> None:
    copies.psql(HASHED.format(labels=", ".join(COLOURS), second=OTHER_ORDER), "original")
    copies.psql(HASHED.format(labels=", ".join(COLOURS), second=OTHER_ORDER), "copy")
    copies.psql("update hashed set note = note where note = '1'", "copy")
    outcome = compared(copies)
    assert outcome.differences == ()
    assert outcome.notes == (
        "partitions of public.hashed was not compared row by row: its columns have several orders",
    )
    copies.psql("delete from hashed where c = 'a' and note = '1'", "copy")
    assert compared(copies).differences == ("partitions of public.hashed: 23 rows, not 24; different: some rows",)


def test_a_dump_under_the_databases_own_time_zone_is_compared_under_it(copies: PostgreSQL) -> None:
    """So dumps the container's own script."""
    copies.psql("create table times (t timestamptz); insert into times values ('2026-11-25 04:00+00')", "original")
    copies.psql("create table times (t timestamptz); insert into times values ('2026-11-25 04:00+00')", "copy")
    for name in ("original", "copy"):
        copies.psql(f"alter database {name} set timezone = 'Asia/Kathmandu'")
    original, scan = source(copies, "original").as_a_script_does(), Scan()
    original.prepare()
    assert b"2026-11-25 09:45:00+05:45" in b"".join(original.text(scan))
    assert compare(scan.result(), original.text, source(copies, "copy")).differences == ()
    copies.psql("update times set t = now()", "copy")
    told = compare(scan.result(), original.text, source(copies, "copy")).differences
    assert told == ("public.times: different: row 1",)
