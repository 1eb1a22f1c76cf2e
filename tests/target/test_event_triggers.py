"""Before PostgreSQL 17 no setting turns event triggers off: what a dump loads last must not set off those it loaded."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from backuptool.bundle import Bundle, Keys
from backuptool.embedded.postgresql import PostgreSQL, postgresql
from backuptool.errors import SourceError
from backuptool.restore import restore
from backuptool.target import prepared
from tests.bundle.sample import PASSPHRASE, STEM
from tests.drill.conftest import backed_up
from tests.test_comparison import source

MADE = """
    create table parent (id int primary key);
    create table child (id int references parent);
    insert into parent values (1);
    insert into child values (1);
    create materialized view seen as select count(*) from child;
    create table ddl_log (tag text);
    create function note() returns event_trigger language plpgsql as $$ begin
        {}
    end $$;
    create event trigger note on ddl_command_end execute function note();
"""
BODIES = {"writes": "insert into public.ddl_log values (tg_tag);", "forbids": "raise 'no DDL here';"}


@pytest.fixture(scope="module")
def older() -> Iterator[PostgreSQL]:
    with postgresql(16) as running:
        yield running


@pytest.mark.parametrize("what", BODIES)
def test_what_a_loaded_event_trigger_does_is_not_done_in_the_load(older: PostgreSQL, tmp_path: Path, what: str) -> None:
    older.psql("create database live")
    older.psql(MADE.format(BODIES[what]), "live")
    path = backed_up(source(older, "live"), tmp_path, STEM)
    with Bundle.open(path) as bundle:
        bundle.authenticate(Keys.of(PASSPHRASE))
        outcome = restore(bundle, source(older, "live").server, "copy")
    assert outcome is not None
    assert older.psql("select count(*) from ddl_log", "copy") == "0"
    assert older.psql("select count from seen", "copy") == "1"
    assert older.psql("select evtenabled from pg_event_trigger", "copy") == "O"
    for name in ("live", "copy"):
        older.psql(f"drop database {name}")


def test_foreign_keys_are_checked_in_the_load(older: PostgreSQL) -> None:
    loading = prepared(source(older, "postgres").server)
    with pytest.raises(SourceError, match="violates foreign key constraint"):
        loading.query(
            "create temp table parent (id int primary key); create temp table child as select 1 as id;"
            " alter table child add foreign key (id) references parent"
        )
