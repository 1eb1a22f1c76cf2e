"""plpgsql can be dropped, and no dump says that it was: what restores it makes a database without it, too."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from backuptool.bundle import Bundle, Keys
from backuptool.drill import drill
from backuptool.embedded.postgresql import PostgreSQL
from backuptool.restore import load, restore
from backuptool.sources.pg_dump import PgDump
from backuptool.sources.properties import WITHOUT_PLPGSQL, database_sql
from backuptool.target import prepared
from backuptool.throwaway import throwaway
from tests.bundle.sample import PASSPHRASE, STEM
from tests.drill.conftest import backed_up
from tests.test_comparison import source

EXTENSIONS = "select string_agg(extname, ' ') from pg_extension"
# What a language of that name needs which is no extension's.
BY_HAND = """
    create function handle() returns language_handler language c as '$libdir/plpgsql', 'plpgsql_call_handler';
    create language plpgsql handler handle;
    create function one() returns int language plpgsql as 'begin return 1; end';
"""


class AsUntilNow(PgDump):
    """In whose bundles the database's own SQL does not say it, as until 2026-11-29."""

    def database(self) -> Iterator[bytes]:
        yield b"".join(super().database()).replace(WITHOUT_PLPGSQL, b"")


@pytest.fixture(params=[(PgDump, ""), (PgDump, BY_HAND), (AsUntilNow, BY_HAND)])
def bundle(server: PostgreSQL, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Bundle]:
    """Of a database that another extension and some rows are in."""
    kind, more = request.param
    server.psql("create database bare")
    server.psql("drop extension plpgsql; create extension vector; create table t as select 1 as a", "bare")
    server.psql(more, "bare")
    dumped = kind(source(server, "bare").server)
    dumped.prepare()
    with Bundle.open(backed_up(dumped, tmp_path, STEM)) as opened:
        opened.authenticate(Keys.of(PASSPHRASE))
        yield opened
    server.psql("drop database bare")


def test_its_drill_finds_no_difference(bundle: Bundle) -> None:
    with throwaway(bundle.contents.server, None, "1g") as server:
        assert drill(bundle, server).proof.differences == ()


def test_a_restore_makes_it_without(server: PostgreSQL, bundle: Bundle) -> None:
    assert restore(bundle, source(server, "bare").server, "loaded") is not None
    assert server.psql(EXTENSIONS, "loaded") == server.psql(EXTENSIONS, "bare") == "vector"
    server.psql("drop database loaded")


def test_the_sql_in_a_bundle_makes_it_so_by_psql_alone(server: PostgreSQL) -> None:
    server.psql("create database bare")
    server.psql("drop extension plpgsql", "bare")
    sql = b"".join(database_sql(source(server, "bare").server, "UTF8")).decode()
    server.psql(f"\\set target_db made\n{sql}")
    assert server.psql(EXTENSIONS, "made") == ""
    server.psql("drop database made; drop database bare")


def test_who_may_not_drop_it_gets_the_database_with_it(server: PostgreSQL, tmp_path: Path) -> None:
    server.psql("create role maker createdb login")
    server.psql("create database bare owner maker")
    server.psql("drop extension plpgsql", "bare")
    made = source(server, "bare")
    own = prepared(replace(made.server, user="maker"))
    made.prepare()
    with Bundle.open(backed_up(made, tmp_path, STEM)) as opened:
        opened.authenticate(Keys.of(PASSPHRASE))
        load(opened, own, "loaded")
    assert server.psql(EXTENSIONS, "loaded") == "plpgsql"
    server.psql("drop database loaded; drop database bare; drop role maker")
