"""What differs in a copy's definitions, and what PostgreSQL alone made different."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from backuptool.contents import Definitions, DumpFacts, LargeObjects, Scan
from backuptool.contents.ddl import changes, comparable, reordered, unsettled
from backuptool.contents.definitions import Key
from backuptool.embedded.postgresql import PostgreSQL
from backuptool.shells.local import Local
from backuptool.sources.server import Server
from tests.contents.test_real_dumps import dumped
from tests.contents.test_scan import FAKE, HEAD, HOSTILE, TAIL, table

TOP = Path(__file__).parents[2]


def entry(name: str, statements: str, kind: str = "TABLE", schema: str = "public", owner: str = "me") -> bytes:
    return f"--\n-- Name: {name}; Type: {kind}; Schema: {schema}; Owner: {owner}\n--\n\n{statements}\n\n".encode()


def defined(*entries: bytes, size: int = 1 << 20) -> Definitions:
    definitions, dump = Definitions(), b"".join([HEAD, *entries, TAIL])
    for _ in Scan(definitions).watch(dump[at : at + size] for at in range(0, len(dump), size)):
        pass
    return definitions


def said(found: Definitions, wanted: Definitions) -> list[str]:
    return [str(change) for change in changes(found, wanted)]


TABLE = entry("t", "CREATE TABLE public.t (\n    a integer,\n    b text\n);")
INDEX = entry("i", "CREATE INDEX i ON public.t USING btree (a);", "INDEX")
GRANTS = entry("TABLE t", "GRANT SELECT ON TABLE public.t TO a;\nGRANT INSERT ON TABLE public.t TO b;", "ACL")


def test_the_same_definitions_are_the_same_whatever_the_token_the_versions_and_the_rows() -> None:
    other = Definitions()
    head = HEAD.replace(b"Token1", b"Token2") + b"-- Dumped from database version 18.4\n"
    dump = head + TABLE + INDEX + table("t", b"2\t3\n") + TAIL.replace(b"Token1", b"Token2")
    assert list(Scan(other).watch([dump])) == [dump]
    assert changes(defined(TABLE, INDEX, table("t", b"1\tx\n")), other) == []


@pytest.mark.parametrize(
    ("copy", "expected"),
    [
        ([TABLE, GRANTS], ["INDEX public.i is missing"]),
        ([TABLE, INDEX], ["the ACL of TABLE public.t is missing"]),
        ([TABLE, INDEX, INDEX, GRANTS], ["INDEX public.i (part 2) is new"]),
        ([TABLE, INDEX, GRANTS.replace(b"INSERT", b"UPDATE")], ["the ACL of TABLE public.t grants something else"]),
        ([TABLE.replace(b"Owner: me", b"Owner: you"), INDEX, GRANTS], ["TABLE public.t has another definition"]),
        ([TABLE.replace(b"    b text\n", b""), INDEX, GRANTS], ["TABLE public.t has another definition"]),
        ([INDEX, TABLE, GRANTS], ["INDEX public.i stands elsewhere in the dump"]),
        (
            [b"SET row_security = off;\n", TABLE, INDEX, GRANTS],
            ["the settings its statements run under differ"],
        ),
    ],
)
def test_each_object_that_differs_is_named(copy: list[bytes], expected: list[str]) -> None:
    assert said(defined(*copy), defined(TABLE, INDEX, GRANTS)) == expected


def test_a_setting_belongs_to_no_object() -> None:
    """Where it is printed depends on which object comes next."""
    setting = b"SET default_table_access_method = heap;\n\n"
    one = defined(entry("a", "CREATE SCHEMA a;", "SCHEMA"), setting, TABLE)
    other = defined(setting, entry("a", "CREATE SCHEMA a;", "SCHEMA"), TABLE)
    assert said(one, other) == []


@pytest.mark.parametrize("size", [1, 7, 1 << 20])
@pytest.mark.parametrize("hostile", HOSTILE, ids=range(len(HOSTILE)))
def test_what_looks_like_a_header_begins_no_object(hostile: bytes, size: int) -> None:
    one = defined(entry("x", hostile.decode("latin-1")), table("real", b"1\t2\n"), size=size)
    assert {key for key in one.entries if key.schema} == {
        Key("TABLE", "public", "x", 1),
        Key("TABLE DATA", "public", "real", 1),
    }


def test_a_change_in_a_body_that_looks_like_data_is_seen() -> None:
    body = b"CREATE FUNCTION public.f() RETURNS text LANGUAGE sql AS $_$\n" + FAKE + b"$_$;\n"
    one, other = (defined(entry("f()", text.decode(), "FUNCTION")) for text in (body, body.replace(b"\n1\n", b"\n2\n")))
    assert said(one, other) == ["FUNCTION public.f() has another definition"]


def test_owners_of_millions_of_large_objects_are_one_digest() -> None:
    objects = [
        entry(str(number), f"SELECT lo_create('{number}');\nALTER LARGE OBJECT {number} OWNER TO me;", "BLOB")
        for number in range(1000)
    ]
    grant = [entry("LARGE OBJECT 7", "GRANT SELECT ON LARGE OBJECT 7 TO you;", "ACL", "-")]
    one, other = defined(*objects, *grant), defined(*objects)
    assert len(one.entries) == len(other.entries) < 5
    assert said(other, one) == ["the large objects' owners, grants or comments differ"]


def test_a_table_without_rows_in_the_copy_is_not_new_however_its_rows_are_dumped() -> None:
    header = table("t", b"").partition(b"COPY ")[0]
    wanted = defined(TABLE)
    assert said(defined(TABLE, table("t", b"")), wanted) == said(defined(TABLE, header), wanted) == []
    for rows in (table("t", b"1\tx\n"), header + b"INSERT INTO public.t VALUES (1, 'x');\n\n"):
        assert said(defined(TABLE, rows), wanted) == ["TABLE DATA public.t is new"]
    assert said(wanted, defined(TABLE, table("t", b""))) == ["TABLE DATA public.t is missing"]


IN = "CREATE VIEW public.v AS\n SELECT a FROM public.t\n  WHERE ((b)::text = ANY ({}));"
FIRST = IN.format("(ARRAY['x'::character varying, 'y'::character varying])::text[]")
SECOND = IN.format("ARRAY[('x'::character varying)::text, ('y'::character varying)::text]")


def test_what_is_printed_anew_once_is_settled_by_the_copys_copy() -> None:
    original, copy = (defined(TABLE, entry("v", text, "VIEW")) for text in (FIRST, SECOND))
    assert said(copy, original) == ["VIEW public.v is printed differently"]
    assert unsettled(copy, original, copy) == []
    again = defined(TABLE, entry("v", FIRST, "VIEW"))
    assert [str(change) for change in unsettled(copy, original, again)] == ["VIEW public.v is printed differently"]


def test_a_fixpoint_settles_nothing_that_says_something_else() -> None:
    original = defined(TABLE, INDEX, entry("v", FIRST, "VIEW"))
    for copy in (
        defined(TABLE, entry("v", FIRST, "VIEW")),
        defined(TABLE, INDEX, entry("v", SECOND.replace("'x'", "'z'"), "VIEW")),
        defined(TABLE, INDEX, entry("v", SECOND.replace("(b)", "(c)"), "VIEW")),
        defined(TABLE, INDEX, entry("v", SECOND.replace("('y'::character varying)::text", "'y'::text"), "VIEW")),
        defined(TABLE.replace(b"text", b"text NOT NULL"), INDEX, entry("v", FIRST, "VIEW")),
    ):
        assert len(unsettled(copy, original, copy)) == 1


def test_partitions_that_are_loaded_through_their_root_are_counted_together() -> None:
    root = b"-- load via partition root public.h\n"

    def dump(first: bytes, second: bytes, alone: bytes = b"1\n") -> tuple[Definitions, DumpFacts]:
        entries = [
            table(name, data).replace(b"COPY ", comment + b"COPY ")
            for name, data, comment in (("h0", first, root), ("h1", second, root), ("alone", alone, b""))
        ]
        definitions = Definitions()
        scan = Scan(definitions)
        for _ in scan.watch([HEAD, *entries, TAIL]):
            pass
        return definitions, comparable(scan.result(), definitions)

    one, other = dump(b"1\n2\n", b""), dump(b"2\n", b"1\n")
    assert changes(one[0], other[0]) == []
    for facts in one[1], other[1]:
        assert [(found.name, found.rows, found.bytes) for found in facts.tables] == [
            ("alone", 1, 2), ('public."any ""; name"', 2, 4),
        ]  # fmt: skip
    assert one[1].tables == dump(b"1\n2\n", b"")[1].tables
    assert one[1].tables != other[1].tables  # in other partitions: whether they are the same rows, only they can tell
    assert one[1].tables != dump(b"1\n", b"")[1].tables
    assert one[1].tables != dump(b"1\n2\n", b"", b"2\n")[1].tables


def test_the_order_of_large_objects_does_not_count_but_each_of_their_bytes_does() -> None:
    def made(*contents: tuple[int, str]) -> LargeObjects:
        statements = "".join(
            f"SELECT pg_catalog.lo_open('{number}', 131072);\n"
            f"SELECT pg_catalog.lowrite(0, '{content}');\nSELECT pg_catalog.lo_close(0);\n\n"
            for number, content in contents
        )
        definitions = Definitions()
        scan = Scan(definitions)
        for _ in scan.watch([HEAD, statements.encode(), TAIL]):
            pass
        assert len(definitions.entries) == 2
        return comparable(scan.result(), definitions).large_objects

    one = made((1, "a"), (2, "b"))
    assert one == made((2, "b"), (1, "a"))
    assert one.count == 2
    for other in ([(1, "b"), (2, "a")], [(1, "a")], [(1, "a"), (2, "b"), (2, "b")], [(1, "a"), (2, "c")]):
        assert made(*other) != one


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("CHECK (((a OR b) AND c))", "CHECK ((a OR (b AND c)))"),
        ("CHECK ((a - (b - c)))", "CHECK (((a - b) - c))"),
        ("DEFAULT 'x'::text", "DEFAULT 'x'::character varying"),
        ("DEFAULT (1)::numeric(5,2)", "DEFAULT (1)::numeric(10,3)"),
        ("CHECK ((a && ARRAY[1]))", "CHECK ((a && (ARRAY[1])::bigint[]))"),
        ("CHECK ((a && ARRAY[(1)::bigint]))", "CHECK ((a && (ARRAY[1])::smallint[]))"),
    ],
)
def test_what_is_bracketed_or_cast_in_another_way_has_another_meaning(one: str, other: str) -> None:
    made = [defined(entry("t", f"CREATE TABLE public.t (\n    a integer {text}\n);")) for text in (one, other)]
    assert said(*made) == ["TABLE public.t has another definition"]


def test_a_body_of_many_lines_is_a_literal() -> None:
    body = "CREATE FUNCTION public.f() RETURNS boolean LANGUAGE sql AS $_$\n  SELECT ((a OR b) AND c)\n$_$;"
    other = body.replace("((a OR b) AND c)", "(a OR (b AND c))")
    one, two = (defined(entry("f()", text, "FUNCTION")) for text in (body, other))
    assert said(one, two) == ["FUNCTION public.f() has another definition"]


SQL = """
CREATE DATABASE original TEMPLATE template0;
\\connect original
CREATE TABLE parent (a int);
CREATE TABLE child (own text) INHERITS (parent);
ALTER TABLE parent ADD late int;
INSERT INTO child VALUES (1, 'x', 2);
CREATE TABLE t (b varchar(3) CHECK (b IN ('x', 'y')));
CREATE INDEX i ON t (b) WHERE b IN ('x', 'z');
CREATE VIEW v AS SELECT * FROM t WHERE b IN ('v', 'w');
CREATE DOMAIN few AS varchar(2)[];
CREATE FUNCTION of_few(few) RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE VIEW over_few AS SELECT of_few(ARRAY[b, 'c']) FROM t;
CREATE FUNCTION f(b varchar) RETURNS boolean RETURN b IN ('x', 'y');
CREATE FUNCTION body(b varchar) RETURNS boolean LANGUAGE sql AS $$SELECT (b::text)::varchar IN ('x', 'y')$$;
"""


def restored(server: PostgreSQL, name: str, dump: bytes) -> Definitions:
    """The definitions in the database `name`, made from the dump."""
    server.psql(f"CREATE DATABASE {name} TEMPLATE template0")
    Server(Local(str(server.programs)), name, server.user, str(server.socket)).execute([dump], "-o", "/dev/null", "-1")
    return dump_of(server, name)[1]


def dump_of(server: PostgreSQL, name: str) -> tuple[bytes, Definitions]:
    definitions = Definitions()
    dump, _ = dumped(server, name)
    for _ in Scan(definitions).watch([dump]):
        pass
    return dump, definitions


@pytest.fixture(scope="module")
def original(server: PostgreSQL) -> Iterator[tuple[bytes, Definitions]]:
    server.psql(SQL)
    yield dump_of(server, "original")
    server.psql("DROP DATABASE original")


def test_what_postgresql_prints_anew_is_settled_and_the_rows_are_the_same(
    server: PostgreSQL, original: tuple[bytes, Definitions]
) -> None:
    dump, wanted = original
    try:
        copy = restored(server, "copy", dump)
        assert sorted(said(copy, wanted)) == [
            "FUNCTION public.f(character varying) is printed differently",
            "INDEX public.i is printed differently",
            "TABLE DATA public.child is printed differently",
            "TABLE public.t is printed differently",
            "VIEW public.over_few is printed differently",
            "VIEW public.v is printed differently",
        ]
        assert unsettled(copy, wanted, restored(server, "again", dump_of(server, "copy")[0])) == []
        assert reordered(copy, wanted) == {("public", "child", 1): b"COPY public.child (a, own, late) TO STDOUT"}
        assert server.psql("COPY public.child (a, own, late) TO STDOUT", "copy") == "1\tx\t2"
    finally:
        server.psql("DROP DATABASE IF EXISTS copy; DROP DATABASE IF EXISTS again;")


# In a process of its own: what other threads of pytest's worker get meanwhile would count too.
KEPT = """
import sys, tracemalloc
from tests.contents.test_ddl import defined, entry
names = [f"{'t' * 50}{number}" for number in range(int(sys.argv[1]))]
dump = [entry(name, f"SELECT {name};", kind, "s" * 60) for name in names for kind in ("TABLE", "COMMENT", "ACL")]
tracemalloc.start()
definitions = defined(*dump)
print(len(definitions.entries), tracemalloc.get_traced_memory()[0])
"""


def test_what_is_kept_of_a_table_is_its_digests_and_its_names_once() -> None:
    """A drill keeps both dumps' definitions: of 30,000 tables, each with an index or two and its rights."""
    count = 500
    done = subprocess.run([sys.executable, "-c", KEPT, str(count)], cwd=TOP, capture_output=True, check=True)
    entries, kept = map(int, done.stdout.split())
    assert entries == 3 * count + 2
    assert kept < 1600 * count
