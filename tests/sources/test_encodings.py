"""Databases whose encoding is not UTF-8 come back byte for byte, with what the shared catalogs say of them."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from backuptool.embedded.postgresql import PostgreSQL
from backuptool.shells.local import Local
from backuptool.sources.pg_dump import PgDump
from backuptool.sources.server import Server
from tests.cli.test_round_trip import Host, made_host

LATIN1 = {"name": "l1", "encoding": "LATIN1"}
SQL_ASCII = {"name": "raw", "encoding": "SQL_ASCII"}
# What is written over a connection to the database itself, in its encoding.
INSIDE = """\
CREATE TABLE t (a text);
INSERT INTO t VALUES ('Größe');
COMMENT ON DATABASE {name} IS 'Größe';
ALTER DATABASE {name} SET app.motto = 'für alle';
ALTER DATABASE {name} SET default_transaction_read_only = on;
"""
ABOUT = """
select encode(convert_to(shobj_description(oid, 'pg_database'), pg_encoding_to_char(encoding)), 'hex'),
    (select array_agg(encode(convert_to(c, pg_encoding_to_char(encoding)), 'hex'))
        from pg_db_role_setting s, unnest(setconfig) c where setdatabase = d.oid),
    pg_encoding_to_char(encoding), pg_get_userbyid(datdba), (select encode(convert_to(a, 'SQL_ASCII'), 'hex') from t)
from pg_database d where datname = current_database()
"""


def psql(server: PostgreSQL, database: str, sql: bytes) -> bytes:
    where = ["-h", str(server.socket), "-U", "postgres", "-d", database]
    argv = [str(server.programs / "psql"), "-X", "-q", "-At", "-v", "ON_ERROR_STOP=1", *where]
    return subprocess.run(argv, input=sql, capture_output=True, check=True, env={}).stdout


@dataclass
class Odd:
    """A host with a plan for a database in another encoding."""

    host: Host
    name: str


@pytest.fixture(params=[LATIN1, SQL_ASCII], ids=lambda one: one["encoding"])
def odd(request: pytest.FixtureRequest, server: PostgreSQL, tmp_path: Path) -> Iterator[Odd]:
    name, encoding = request.param["name"], request.param["encoding"]
    psql(server, "postgres", f"create database {name} template template0 encoding '{encoding}' locale 'C'".encode())
    psql(server, name, INSIDE.format(name=name).encode("latin-1"))
    host = made_host(tmp_path, server)
    host.config.write_text(host.config.read_text().replace('database = "broker"', f'database = "{name}"'))
    yield Odd(host, name)
    psql(server, "postgres", f"drop database {name}".encode())


def test_it_is_backed_up_and_comes_back_byte_for_byte(odd: Odd, server: PostgreSQL) -> None:
    expected = psql(server, odd.name, ABOUT.encode())
    assert "Größe".encode("latin-1").hex().encode() in expected
    odd.host.ok("backup")
    odd.host.ok("verify")
    odd.host.ok("restore", "--into", "odd_copy")
    try:
        assert psql(server, "odd_copy", ABOUT.encode()) == expected
    finally:
        psql(server, "postgres", b"drop database odd_copy")


def test_a_query_gives_bytes_that_are_no_utf_8_back_as_they_are(server: PostgreSQL, odd: Odd) -> None:
    there = Server(Local(str(server.programs)), odd.name, user="postgres", host=str(server.socket))
    (value,) = there.query("select a from public.t")[0]
    assert value.encode(errors="surrogateescape") == "Größe".encode("latin-1")
    assert there.query(f"select 1 from public.t where a = '{value}'") == [["1"]]  # noqa: S608 - the value just read


def test_an_owner_whose_name_is_utf_8_keeps_a_database_that_is_not(server: PostgreSQL, odd: Odd) -> None:
    psql(server, "postgres", f'create role "Jürgen"; alter database {odd.name} owner to "Jürgen"'.encode())
    there = Server(Local(str(server.programs)), odd.name, user="postgres", host=str(server.socket))
    try:
        source = PgDump(there)
        source.prepare()
        made = b"".join(source.database())
        replace(there, database="postgres").execute([made], "-v", "target_db=odd_copy")
        owner = psql(server, "odd_copy", b"select pg_get_userbyid(datdba) from pg_database where datname = 'odd_copy'")
        assert owner.decode() == "Jürgen\n"
    finally:
        psql(server, "postgres", b"drop database if exists odd_copy")
        psql(server, "postgres", f'alter database {odd.name} owner to postgres; drop role "Jürgen"'.encode())
