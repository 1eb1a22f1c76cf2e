"""The scanner's facts of pg_dump's own dumps, against what the server itself says."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

from backuptool.compression import decompress
from backuptool.contents import DumpFacts, Scan
from backuptool.embedded.postgresql import PostgreSQL
from backuptool.shells.local import Local
from backuptool.sources.pg_dump import PgDump
from backuptool.sources.server import Server

DATABASES = pytest.mark.parametrize("database", ["broker", "hostile", "backslashes"])
RELATIONS = """
select coalesce(jsonb_agg(jsonb_build_array(nspname, relname, format('%I.%I', nspname, relname))), '[]')
from pg_class c join pg_namespace n on n.oid = relnamespace
where relkind = '{}' and nspname not like 'pg\\_%' and nspname <> 'information_schema'
"""
LARGE_OBJECTS = """
select coalesce(jsonb_agg(jsonb_build_array(oid, encode(lo_get(oid), 'hex')) order by oid), '[]')
from pg_largeobject_metadata
"""
LOBBUFSIZE = 2 * 16384  # hex digits: what pg_dump writes in one call


def dumped(server: PostgreSQL, database: str, *extra: str) -> tuple[bytes, Scan]:
    """The plain text of a dump as the tool makes it, and the scan that watched it.

    That of strings with backslashes as a container's own script makes it: our own have none, whatever is set.
    """
    source = PgDump(Server(Local(str(server.programs)), database, server.user, str(server.socket)), extra)
    if database == "backslashes":
        source = source.as_a_script_does()
    source.prepare()
    scan = Scan()
    return b"".join(decompress(source.dump(scan))), scan


def psql(server: PostgreSQL, database: str, sql: str) -> bytes:
    """What psql prints, every byte of it, under the settings that dumps are made under."""
    argv = [str(server.programs / "psql"), "-XqAt", "-h", str(server.socket), "-U", server.user, "-d", database]
    environment = {**os.environ, "PGTZ": "UTC", "PGOPTIONS": "-c bytea_output=hex -c standard_conforming_strings=on"}
    return subprocess.run([*argv, "-c", sql], stdout=subprocess.PIPE, check=True, env=environment).stdout


def relations(server: PostgreSQL, database: str, kind: str) -> list[tuple[str, str, str]]:
    """Schema, name, and both as SQL, of every table (kind r) or sequence (S)."""
    return [(row[0], row[1], row[2]) for row in json.loads(psql(server, database, RELATIONS.format(kind)))]


@cache
def facts(server: PostgreSQL, database: str) -> DumpFacts:
    return dumped(server, database)[1].result()


@DATABASES
def test_every_tables_rows_are_as_many_as_the_server_counts_and_hash_as_copy_prints_them(
    either: PostgreSQL, database: str
) -> None:
    expected: Counter[tuple[str, str, int, int, str]] = Counter()
    for schema, name, sql in relations(either, database, "r"):
        rows = psql(either, database, f"copy {sql} to stdout")
        count = int(psql(either, database, f"select count(*) from {sql}"))  # noqa: S608 - quoted by the server
        # pg_dump writes a blank for a newline in its comments.
        key = schema.replace("\n", " "), name.replace("\n", " ")
        expected[*key, count, len(rows), hashlib.sha256(rows).hexdigest()] += 1
    tables = facts(either, database).tables
    assert Counter((t.schema_, t.name, t.rows, t.bytes, t.sha256) for t in tables) == expected
    assert sum(expected.values()) >= 1


def test_two_tables_that_get_one_name_in_the_dump_are_two_parts(either: PostgreSQL) -> None:
    parts = [(table.part, table.rows) for table in facts(either, "hostile").tables if table.name == "a b"]
    assert parts == [(1, 1), (2, 2)]


@DATABASES
def test_every_sequence_is_set_once_as_the_server_says(either: PostgreSQL, database: str) -> None:
    doubled = database == "backslashes"
    expected = []
    for _, _, sql in relations(either, database, "S"):
        state = psql(either, database, f"select last_value, is_called from {sql}")  # noqa: S608 - quoted by the server
        value, called = state.decode().strip().split("|")
        quoted = sql.replace("'", "''").replace("\\", "\\\\" if doubled else "\\")
        expected.append(f"SELECT pg_catalog.setval('{quoted}', {value}, {'true' if called == 't' else 'false'});")
    assert sorted(facts(either, database).sequences) == sorted(expected) != []


@DATABASES
def test_the_large_objects_are_those_of_the_server(either: PostgreSQL, database: str) -> None:
    backslash = "\\\\" if database == "backslashes" else "\\"
    statements = ""
    objects = json.loads(psql(either, database, LARGE_OBJECTS))
    for oid, content in objects:
        statements += f"SELECT pg_catalog.lo_open('{oid}', 131072);\n"
        for at in range(0, len(content), LOBBUFSIZE):
            part = content[at : at + LOBBUFSIZE]
            statements += f"SELECT pg_catalog.lowrite(0, '{backslash}x{part}');\n"
        statements += "SELECT pg_catalog.lo_close(0);\n"
    found = facts(either, database).large_objects
    assert (found.count, found.sha256) == (len(objects), hashlib.sha256(statements.encode()).hexdigest())
    assert found.count == {"broker": 1, "hostile": 3, "backslashes": 1}[database]


@DATABASES
def test_the_whole_dump_hashes_as_grep_and_sha256sum_say(either: PostgreSQL, database: str) -> None:
    dump, scan = dumped(either, database)
    token = dump.partition(b"\n\\restrict ")[2].partition(b"\n")[0].decode()
    without = f"grep -avxF -e '\\restrict {token}' -e '\\unrestrict {token}' | tee /dev/stderr | sha256sum"
    done = subprocess.run(["sh", "-c", without], input=dump, capture_output=True, check=True)
    whole = scan.result()
    assert len(token) > 20
    assert (whole.sha256, whole.bytes) == (done.stdout.decode().split()[0], len(done.stderr))
    assert (scan.size, whole.bytes) == (len(dump), len(dump) - 2 * len(token) - len("\\restrict \n\\unrestrict \n"))


@DATABASES
def test_a_second_dump_has_another_token_and_the_same_facts(either: PostgreSQL, database: str) -> None:
    one, other = dumped(either, database), dumped(either, database)
    assert one[0] != other[0]
    assert one[1].result() == other[1].result()


@pytest.mark.parametrize("step", [4096, 65536, 1_000_003])
def test_the_facts_of_a_real_dump_do_not_depend_on_its_chunks(either: PostgreSQL, step: int) -> None:
    dump, scan = dumped(either, "hostile")
    again = Scan()
    assert b"".join(again.watch(dump[at : at + step] for at in range(0, len(dump), step))) == dump
    assert again.result() == scan.result()


def test_a_partitions_rows_stay_its_own_when_they_are_loaded_through_the_root(either: PostgreSQL) -> None:
    dump, scan = dumped(either, "hostile", "--load-via-partition-root")
    assert dump.count(b"\nCOPY public.halves (a) FROM stdin;\n") == 2
    found = {table.name: table for table in scan.result().tables}
    direct = {table.name: table for table in facts(either, "hostile").tables}
    assert (found["lower"], found["upper"]) == (direct["lower"], direct["upper"])
    assert (found["lower"].rows, found["upper"].rows, "halves" in found) == (10, 7, False)


def test_a_person_gets_the_same_digest_of_a_table_with_awk(either: PostgreSQL, tmp_path: Path) -> None:
    dump, scan = dumped(either, "broker")
    (tmp_path / "dump.sql").write_bytes(dump)
    rows = r"""LC_ALL=C awk '/^\\\.$/ {p=0} p; /^COPY public\.curator \(/ {p=1}' dump.sql"""
    done = subprocess.run(
        ["sh", "-c", f"{rows} | sha256sum; {rows} | wc -lc"], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    (table,) = (table for table in scan.result().tables if table.name == "curator")
    assert done.stdout.split() == [table.sha256, "-", str(table.rows), str(table.bytes)]


def test_a_copy_that_psql_loads_has_the_same_facts(either: PostgreSQL) -> None:
    """psql is the last judge of what is a row and what only looks like one."""
    dump, scan = dumped(either, "hostile")
    either.psql("create database copy template template0")
    argv = [str(either.programs / "psql"), "-Xqo", os.devnull, "-1", "-v", "ON_ERROR_STOP=1", "-U", either.user]
    subprocess.run([*argv, "-h", str(either.socket), "-d", "copy"], input=dump, check=True, capture_output=True)
    try:
        assert facts(either, "copy") == scan.result()
    finally:
        either.psql("drop database copy")
