"""The empty database that a bundle's SQL makes is the dumped one, before anything is loaded into it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from backuptool.embedded.postgresql import PostgreSQL
from backuptool.shells.local import Local
from backuptool.sources.properties import database_sql
from backuptool.sources.server import Server

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
    there.on("postgres").execute(database_sql(there), "-v", "target_db=made")
    assert server.psql(SCHEMAS, "made") == schemas
    assert server.psql(SCHEMAS) == "1"
