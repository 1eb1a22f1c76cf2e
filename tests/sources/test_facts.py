"""What is asked of the server stands in the contents as the server says it, of its own accord."""

from __future__ import annotations

from pathlib import Path

import pytest

from backuptool.embedded.postgresql import PostgreSQL
from backuptool.errors import SourceError
from backuptool.shells.local import Local
from backuptool.sources.facts import server_facts
from backuptool.sources.server import Server


@pytest.fixture
def local(server: PostgreSQL) -> Server:
    return Server(Local(str(server.programs)), "broker", server.user, str(server.socket))


def test_the_facts_are_the_servers_and_the_databases_own(server: PostgreSQL, local: Server) -> None:
    facts = server_facts(local)
    version = server.psql("show server_version")
    assert (facts.database, facts.server_version, facts.pg_dump_version) == ("broker", version, version)
    assert str(facts.server_version_num) == server.psql("show server_version_num")
    assert (facts.timezone, facts.encoding, facts.locale_provider) == ("Europe/Berlin", "UTF8", "libc")
    assert facts.bootstrap_superuser == "postgres"
    assert set(facts.extensions) == {"plpgsql"}
    assert facts.database_size > 1_000_000


def test_the_servers_own_collations_that_objects_use_are_facts(server: PostgreSQL, local: Server) -> None:
    server.psql('create table public.sorted (a text collate "C.utf8", b text collate "C", c text)', "broker")
    try:
        assert server_facts(local).collations == ("C.utf8",)
    finally:
        server.psql("drop table public.sorted", "broker")


def test_a_database_whose_statements_may_not_take_long_is_asked_too(server: PostgreSQL, local: Server) -> None:
    server.psql("create database hurried; alter database hurried set statement_timeout = '60s'")
    try:
        hurried = local.on("hurried")
        assert hurried.query("show statement_timeout", first="") == [["1min"]]
        assert hurried.query("show statement_timeout") == [["0"]]
    finally:
        server.psql("drop database hurried")


def test_a_login_that_prints_something_is_said(server: PostgreSQL, tmp_path: Path) -> None:
    for program in ("psql", "pg_dump"):
        (tmp_path / program).write_text(f'#!/bin/sh\necho Welcome\nexec {server.programs}/{program} "$@"\n')
        (tmp_path / program).chmod(0o755)
    there = Server(Local(str(tmp_path)), "broker", server.user, str(server.socket))
    with pytest.raises(SourceError, match="printed something else"):
        server_facts(there)


@pytest.mark.parametrize("encoding", ["LATIN1", "SQL_ASCII", "UTF8"])
def test_a_name_in_any_encoding_is_told(server: PostgreSQL, local: Server, encoding: str) -> None:
    server.psql(f"create database \"größe {encoding}\" template template0 encoding '{encoding}' locale 'C'")
    try:
        assert server_facts(local.on(f"größe {encoding}")).encoding == encoding
    finally:
        server.psql(f'drop database "größe {encoding}"')
