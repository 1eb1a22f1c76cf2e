"""The empty database that a bundle's SQL makes is the dumped one, before anything is loaded into it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from backuptool.embedded.postgresql import PostgreSQL
from backuptool.shells.local import Local
from backuptool.sources.properties import database_sql, of_template0
from backuptool.sources.server import Server
from backuptool.sources.sql import identifier, statements

ABOUT = """
    select shobj_description(d.oid, 'pg_database'), setconfig, pg_encoding_to_char(encoding)
    from pg_database d join pg_db_role_setting on setdatabase = d.oid where datname = current_database()
"""
CREATES = "select has_schema_privilege('pg_monitor', 'public', 'create')"
SCHEMAS = "select count(*) from pg_namespace where nspname = 'public'"


@pytest.fixture
def there(server: PostgreSQL) -> Iterator[Server]:
    server.psql("CREATE DATABASE dumped TEMPLATE template0")
    yield Server(Local(str(server.programs)), "dumped", server.user, str(server.socket))
    server.psql("DROP DATABASE dumped; DROP DATABASE IF EXISTS made;")


@pytest.mark.parametrize(("sql", "schemas"), [("DROP SCHEMA public", "0"), ("SELECT 1", "1")])
def test_a_schema_public_that_was_dropped_does_not_come_back(
    server: PostgreSQL, there: Server, sql: str, schemas: str
) -> None:
    """template0 has one, and pg_dump says nothing of one that is not there."""
    server.psql(sql, "dumped")
    there.on("postgres").execute(database_sql(there, "UTF8"), "-v", "target_db=made")
    assert server.psql(SCHEMAS, "made") == schemas
    assert server.psql(SCHEMAS) == "1"


def test_a_tablespace_need_not_be_there(server: PostgreSQL, there: Server) -> None:
    """CREATE DATABASE … TABLESPACE = apart failed on every server but its own."""
    where = "select spcname from pg_database d join pg_tablespace t on t.oid = dattablespace where datname = '{}'"
    server.psql("set allow_in_place_tablespaces = on; create tablespace apart location ''")
    server.psql("alter database dumped set tablespace apart")
    assert server.psql(where.format("dumped")) == "apart"
    there.on("postgres").execute(database_sql(there, "UTF8"), "-v", "target_db=made")
    assert server.psql(where.format("made")) == "pg_default"
    server.psql("alter database dumped set tablespace pg_default")
    server.psql("drop tablespace apart")


def test_an_owner_of_public_whom_pg_dump_before_15_does_not_tell_is_told(server: PostgreSQL, there: Server) -> None:
    server.psql('CREATE ROLE "it\'s ""so""; x"')
    server.psql('ALTER SCHEMA public OWNER TO "it\'s ""so""; x"', "dumped")
    try:
        assert of_template0(there) == b""
        made = of_template0(there, 999999)
        assert made.endswith(b'ALTER SCHEMA public OWNER TO "it\'s ""so""; x";\n')
        server.psql(made.decode(), "broker")
        owner = "select nspowner::regrole from pg_namespace where nspname = 'public'"
        assert server.psql(owner, "broker") == '"it\'s ""so""; x"'
        server.psql("ALTER SCHEMA public OWNER TO pg_database_owner", "broker")
        server.psql("ALTER SCHEMA public OWNER TO postgres", "dumped")
        assert of_template0(there, 999999) == b""
    finally:
        server.psql("ALTER SCHEMA public OWNER TO pg_database_owner", "broker")
        server.psql("ALTER SCHEMA public OWNER TO pg_database_owner", "dumped")
        server.psql('DROP ROLE "it\'s ""so""; x"')


@pytest.mark.parametrize("name", ["a=b", "host=elsewhere", "postgresql://elsewhere/x", 'it\'s \\ "so"', "größe"])
@pytest.mark.parametrize("encoding", ["UTF8", "LATIN1"])
def test_a_database_of_any_name_is_made_and_entered(server: PostgreSQL, name: str, encoding: str) -> None:
    r"""psql takes a name with `=` for where to connect; a name is converted to what `SET client_encoding` said."""
    called = identifier(name)
    server.psql(f"create database {called} template template0 encoding '{encoding}' locale 'C'")
    server.psql(f"comment on database {called} is 'ours'; alter database {called} set work_mem = '5MB'")
    there = Server(Local(str(server.programs)), name, server.user, str(server.socket))
    try:
        made = b"".join(database_sql(there, encoding))
        there.on("postgres").execute([made], "-v", f"target_db={name} copy")
        there.on("postgres").query(f"drop database {called}")
        there.on("postgres").execute([made])  # under the name it was dumped under
        for one in (name, f"{name} copy"):
            assert there.on(one).query(ABOUT) == [["ours", "{work_mem=5MB}", encoding]]
    finally:
        for one in (called, identifier(f"{name} copy")):
            server.psql(f"drop database if exists {one}")


def test_everybodys_right_to_create_in_public_comes_along_from_before_15(server: PostgreSQL, there: Server) -> None:
    """Until 14 initdb gave it, so pg_dump says nothing of it; from 15 on template0 has it not."""
    assert b"GRANT" not in of_template0(there, 999999)
    server.psql("grant create on schema public to public; alter schema public owner to postgres", "dumped")
    assert of_template0(there) == b""
    server.psql("create database made template template0")
    server.psql(of_template0(there, 999999).decode(), "made")
    assert list(statements(of_template0(there, 999999).decode())) == []  # a drill compares older bundles too
    assert server.psql(CREATES, "made") == "t"
