"""The facts about a dump, however it is cut into chunks, and whatever names and bodies look like."""

from __future__ import annotations

import hashlib
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backuptool.contents import DumpFacts, Scan
from backuptool.errors import SourceError

FAKE = b"""--
-- Data for Name: fake; Type: TABLE DATA; Schema: public; Owner: x
--

COPY public.fake (a) FROM stdin;
1
\\.
"""
HEAD = b"--\n-- PostgreSQL database dump\n--\n\n\\restrict Token1\n\nSET standard_conforming_strings = on;\n"
TAIL = b"--\n-- PostgreSQL database dump complete\n--\n\n\\unrestrict Token1\n\n"


def table(name: str, data: bytes, schema: str = "public") -> bytes:
    head = f"--\n-- Data for Name: {name}; Type: TABLE DATA; Schema: {schema}; Owner: me; with words\n--\n\n"
    return head.encode() + b'COPY public."any ""; name" (a, b) FROM stdin;\n' + data + b"\\.\n\n\n"


def scanned(dump: bytes, size: int = 1 << 20) -> DumpFacts:
    scan = Scan()
    chunks = [dump[start : start + size] for start in range(0, len(dump), size)]
    assert list(scan.watch(chunks)) == chunks
    return scan.result()


HOSTILE = [
    b"CREATE FUNCTION f() RETURNS text LANGUAGE plpgsql AS $body$\n" + FAKE + b"$body$;\n",
    b"CREATE FUNCTION f() RETURNS text LANGUAGE plpgsql AS $_$ $body$\n" + FAKE + b"$_$;\n",
    b"CREATE FUNCTION f() RETURNS text LANGUAGE plpgsql AS '\n" + FAKE + b"it''s';\n",
    b"COMMENT ON TABLE t IS E'a\\'\n" + FAKE.replace(b"\\.", b"\\\\.") + b"\\\\';\n",
    b"COMMENT ON TABLE t IS 'ends with a backslash \\';\n",
    b'CREATE TABLE public."x\n' + FAKE + b'y""z" (a int DEFAULT 1);\n',
    b"/* a /* nested */ comment\n" + FAKE + b"*/\n",
    b"SELECT 1 AS a$b$; -- $b$ is no body here: it's a name\n",
    b"CREATE FUNCTION g() RETURNS int\n    BEGIN ATOMIC\n SELECT setval('x'::regclass, (5)::bigint) AS setval;\nEND;\n",
    b"CREATE TABLE public.t (a text DEFAULT E'\\\\');\n",
    "COMMENT ON TABLE t IS 'Ä';\n".encode("latin-1"),
    b"COMMENT ON TABLE t IS '';\n",
]


@pytest.mark.parametrize("size", [1, 2, 3, 7, 64, 1 << 20])
@pytest.mark.parametrize("hostile", HOSTILE, ids=range(len(HOSTILE)))
def test_what_looks_like_data_in_bodies_names_literals_and_comments_is_none(hostile: bytes, size: int) -> None:
    facts = scanned(HEAD + hostile + table("real", b"1\t2\n3\t4\n") + TAIL, size)
    assert [(one.name, one.rows) for one in facts.tables] == [("real", 2)]
    assert facts.sequences == ()


def test_a_block_is_counted_and_hashed_as_a_person_would() -> None:
    data = b"1\tone\n2\t\\\\.\n3\t\\\\restrict Token1\n4\tx\\\n"
    (one,) = scanned(HEAD + table("t; Schema: s", data, "Über") + TAIL).tables
    assert (one.schema_, one.name, one.part) == ("Über", "t; Schema: s", 1)
    assert (one.rows, one.bytes, one.sha256) == (4, len(data), hashlib.sha256(data).hexdigest())


@pytest.mark.parametrize("lengths", [(3000, 1), (1, 3000), (1, 70, 1, 3000, 70, 1)])
@pytest.mark.parametrize("size", [100, 4096, 1 << 20])
def test_rows_are_counted_whether_they_are_long_or_short(lengths: tuple[int, ...], size: int) -> None:
    data = b"".join((b"x" * length + b"\n") * 500 for length in lengths)
    (one,) = scanned(HEAD + table("t", data) + TAIL, size).tables
    assert one.rows == 500 * len(lengths)


def test_an_empty_table_and_blocks_of_one_name_are_numbered() -> None:
    facts = scanned(HEAD + table("p", b"") + table("p", b"1\n") + table("p", b"", "other") + TAIL)
    assert [(one.schema_, one.name, one.part, one.rows) for one in facts.tables] == [
        ("public", "p", 1, 0), ("public", "p", 2, 1), ("other", "p", 1, 0),
    ]  # fmt: skip


def test_the_digest_of_all_leaves_out_the_two_lines_with_the_token_and_no_others() -> None:
    row = b"\\restrict Token1\n"
    body = b"CREATE FUNCTION f() AS $$\n\\restrict Token1\n$$;\n"
    dump = HEAD + body + table("t", row) + TAIL
    expected = dump.replace(b"\n\\restrict Token1\n", b"\n", 1).replace(b"\\unrestrict Token1\n", b"")
    facts = scanned(dump, 5)
    assert (facts.bytes, facts.sha256) == (len(expected), hashlib.sha256(expected).hexdigest())
    another = dump.replace(b"Token1\n\nSET", b"Token2\n\nSET").replace(b"unrestrict Token1", b"unrestrict Token2")
    assert facts == scanned(another)


def test_sequences_and_large_objects_are_taken_as_they_stand() -> None:
    setval = b"SELECT pg_catalog.setval('public.\"it''s; a\nname\"', 4711, true);"
    objects = [
        b"SELECT pg_catalog.lo_open('7', 131072);",
        b"SELECT pg_catalog.lowrite(0, '\\xdead');",
        b"SELECT pg_catalog.lo_close(0);",
    ]
    facts = scanned(HEAD + setval + b"\n\nBEGIN;\n\n" + b"\n".join(objects) + b"\n\nCOMMIT;\n\n" + TAIL, 9)
    assert facts.sequences == (setval.decode(),)
    assert facts.large_objects.count == 1
    assert facts.large_objects.sha256 == hashlib.sha256(b"".join(one + b"\n" for one in objects)).hexdigest()


@pytest.mark.parametrize(
    "cut",
    [
        b"SELECT 1",
        b"COPY public.t (a) FROM stdin;\n1\n",
        b"COPY public.t (a) FROM stdin;\n\n\n\n",
        b"SELECT 'a",
        b"COPY t (a) FROM stdin;",
        b"/* /* */",
        b"$$;",
    ],
)
def test_a_dump_that_ends_in_the_middle_is_refused(cut: bytes) -> None:
    with pytest.raises(SourceError, match="in the middle"):
        scanned(HEAD + cut)


def cost(sql: bytes) -> float:
    """CPU seconds of this thread, the least of three: a busy machine, which shares its caches, makes them more."""
    dump, found = HEAD + sql + TAIL, []
    for _ in range(3):
        begin = time.thread_time()
        scanned(dump, 1 << 17)
        found.append(time.thread_time() - begin)
    return min(found)


ROW = b"\n('a','b','c','d','e','f','g','h'),"


@pytest.mark.parametrize(
    ("begin", "each", "end"),
    [(b"INSERT INTO t VALUES", ROW, b" (2);\n"), (b"SELECT 1", b"\n-- one\n-- two", b"\n;\n")],
    ids=["rows", "comments"],
)
def test_four_times_as_long_a_statement_costs_four_times_as_much(begin: bytes, each: bytes, end: bytes) -> None:
    """Not sixteen: a copy of what it has so far at each of its tokens took 65 CPU s for 9 MB."""
    count = 8_000
    assert cost(begin + each * 4 * count + end) < 8 * cost(begin + each * count + end)


def test_there_are_no_facts_before_all_has_passed() -> None:
    scan = Scan()
    next(iter(scan.watch([HEAD, TAIL])))
    with pytest.raises(ValueError, match="not passed"):
        scan.result()


value = st.text(alphabet="ab\\\t.;'$C \u00e4", max_size=8).map(
    lambda text: text.replace("\\", "\\\\").replace("\t", "\\t").encode()
)
rows = st.lists(value, max_size=5).map(lambda values: b"".join(one + b"\n" for one in values))


@given(
    tables=st.lists(rows, max_size=6),
    between=st.lists(st.sampled_from(HOSTILE), max_size=6),
    sizes=st.lists(st.integers(1, 400), min_size=1, max_size=20),
)
def test_the_facts_do_not_depend_on_the_chunks(tables: list[bytes], between: list[bytes], sizes: list[int]) -> None:
    pieces = [HEAD]
    for number, data in enumerate(tables):
        pieces += [table(f"t{number}", data), *between[number : number + 1]]
    dump = b"".join([*pieces, TAIL])
    chunks: list[bytes] = []
    position = 0
    while position < len(dump):
        size = sizes[len(chunks) % len(sizes)]
        chunks.append(dump[position : position + size])
        position += size
    scan = Scan()
    assert b"".join(scan.watch(chunks)) == dump
    assert scan.result() == scanned(dump)
    assert [one.rows for one in scan.result().tables] == [data.count(b"\n") for data in tables]
    assert [one.sha256 for one in scan.result().tables] == [hashlib.sha256(data).hexdigest() for data in tables]
