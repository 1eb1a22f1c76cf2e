"""A new database gets its name at the end, and nothing that may have data is ever dropped for it."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace

import pytest

from backuptool.cli.parser import parser
from backuptool.embedded.postgresql import PostgreSQL
from backuptool.errors import CommandFailed, SourceError, UsageError
from backuptool.shells.local import Local
from backuptool.sources.server import Server
from backuptool.sources.session import session
from backuptool.target import new_database, prepared
from backuptool.target.emptiness import refuse_unless_empty
from backuptool.target.running import UNFINISHED
from tests.target.loading import load, watched


@pytest.fixture
def target(server: PostgreSQL) -> Iterator[Server]:
    with watched(server) as made:
        yield made


def tables(server: PostgreSQL, name: str) -> str:
    return server.psql(
        "select string_agg(relname, ' ') from pg_class where relnamespace = 'public'::regnamespace", name
    )


@pytest.mark.parametrize("name", ["new", 'it\'s "new"', "ünï"])
def test_what_is_not_there_is_made(target: Server, server: PostgreSQL, name: str) -> None:
    load(target, name)
    assert tables(server, name) == "restored"
    server.psql('drop database "{}"'.format(name.replace('"', '""')))


@pytest.mark.parametrize(
    "before",
    [
        "select 1",
        "drop schema public cascade; create schema public",
        "drop extension plpgsql; create extension plpgsql",
        "create table t (); drop table t; create temporary table t (id serial)",
        "alter database target with is_template true",
    ],
)
def test_an_empty_database_is_replaced(target: Server, server: PostgreSQL, before: str) -> None:
    server.psql("create database target")
    server.psql(before, "target")
    load(target, "target")
    assert tables(server, "target") == "restored"
    server.psql("drop database target")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("create table t ()", "tables (1)"),
        ("select lo_from_bytea(0, 'precious')", "large objects (1)"),
        ("select lo_create(77)", "large objects (1)"),
        ("create function f() returns int language sql as 'select 1'", "functions (1)"),
        ("create type mood as enum ('sad')", "types (2)"),
        ("create domain d as int", "types (2)"),
        ("create schema s", "schemas (1)"),
        ("create extension vector", "extensions (1)"),
        ("create publication p", "publications (1)"),
        ("create foreign data wrapper w", "foreign data wrappers (1)"),
        ("create text search configuration c (copy = simple)", "text searches (1)"),
        ("create sequence s", "tables (1)"),
        ("create collation c from \"C\"", "collations (1)"),
    ],
)  # fmt: skip
def test_a_database_with_anything_in_it_is_refused(target: Server, server: PostgreSQL, content: str, said: str) -> None:
    server.psql("create database target")
    server.psql(content, "target")
    with pytest.raises(UsageError) as refused:
        load(target, "target")
    assert f"exists and has {said}" in refused.value.message
    server.psql("drop database target")


@pytest.mark.parametrize("name", ["my data", "it's", "$HOME", "-x"])
def test_what_a_hint_has_one_type_names_the_new_database_however_this_one_is_called(name: str) -> None:
    with pytest.raises(UsageError) as refused:
        refuse_unless_empty(name, [["tables", "1"]])
    typed = refused.value.hint.partition("a new one: ")[2].partition("; or in place")[0]
    words = subprocess.check_output(["sh", "-c", f"printf '%s\\n' {typed}"], text=True).splitlines()
    assert parser().parse_args(["restore", *words]).into == f"{name}_restored"


@pytest.mark.parametrize("before", ["", "create database target"])
def test_sessions_in_the_new_one_do_not_matter(target: Server, server: PostgreSQL, before: str) -> None:
    """What watches a server may connect to all its databases; the load took hours."""
    server.psql(before)
    with ExitStack() as sessions:
        load(target, "target", lambda new: sessions.enter_context(session(target.on(new))).ask("select 1"))
    assert tables(server, "target") == "restored"
    server.psql("drop database target")


class TestWhenSomebodyWritesMeanwhile:
    @pytest.mark.parametrize(
        ("content", "theirs"),
        [
            ("create table precious as select 1 as one", "select one from precious"),
            ("select lo_from_bytea(7, '1')", "select convert_from(lo_get(7), 'UTF8')"),
        ],
    )
    def test_their_database_stays_and_the_new_one_goes(
        self, target: Server, server: PostgreSQL, content: str, theirs: str
    ) -> None:
        server.psql("create database target")
        with pytest.raises(UsageError, match="a restore never writes into data"):
            load(target, "target", lambda _: server.psql(content, "target"))
        server.psql("create table goes_on ()", "target")  # it can be connected to
        assert server.psql(theirs, "target") == "1"
        server.psql("drop database target")

    def test_a_session_that_stays_in_it_stays(self, target: Server, server: PostgreSQL) -> None:
        server.psql("create database target")
        with session(target.on("target")) as somebody:
            with pytest.raises(UsageError, match="is in use"):
                load(target, "target")
            somebody.ask("create table public.later ()")
        assert tables(server, "target") == "later"
        server.psql("drop database target")

    def test_a_session_that_comes_meanwhile_stays(self, target: Server, server: PostgreSQL) -> None:
        server.psql("create database target")
        with ExitStack() as sessions:

            def come(_: str) -> None:
                sessions.enter_context(session(target.on("target"))).ask("select 1")

            with pytest.raises(UsageError, match="is in use"):
                load(target, "target", come)
            server.psql("create table later ()", "target")
        server.psql("drop database target")

    def test_a_database_made_under_the_name_stays(self, target: Server, server: PostgreSQL) -> None:
        with pytest.raises(SourceError, match="already exists"):
            load(target, "target", lambda _: server.psql("create database target"))
        server.psql("drop database target")


class TestWhenItFails:
    def test_nothing_is_left_and_the_error_is_the_first(self, target: Server, server: PostgreSQL) -> None:
        with pytest.raises(CommandFailed, match="no_such_table") as failed:
            load(target, "target", lambda new: target.on(new).query("select * from no_such_table"))
        assert "42P01" in failed.value.stderr

    def test_sessions_in_it_are_ended(self, target: Server) -> None:
        with ExitStack() as sessions:

            def stay(new: str) -> None:
                sessions.enter_context(session(target.on(new))).ask("select 1")
                target.query(f'alter database "{new}" is_template true')
                raise ValueError("this")

            with pytest.raises(ValueError, match="this"):
                load(target, "target", stay)

    def test_a_clean_up_that_fails_is_a_warning(
        self, target: Server, server: PostgreSQL, caplog: pytest.LogCaptureFixture
    ) -> None:
        server.psql("create role guest login createdb")

        def lose(new: str) -> None:
            server.psql(f'alter database "{new}" owner to postgres')
            raise ValueError(new)

        with pytest.raises(ValueError, match=UNFINISHED) as failed:
            load(prepared(replace(target, user="guest")), "target", lose)
        assert f"the database {failed.value} could not be dropped" in caplog.text
        assert "must be owner" in caplog.text
        load(target, "target")
        assert f"dropped {failed.value}" in caplog.text
        server.psql("drop database target")
        server.psql("drop role guest")

    def test_its_owner_need_not_be_a_superuser(self, target: Server, server: PostgreSQL) -> None:
        """Only a superuser may make a setting that the server does not know: the mark of a closed one is none."""
        server.psql("create role guest login createdb")
        server.psql('create database "it\'s $body$" owner guest')
        load(prepared(replace(target, user="guest")), "it's $body$")
        assert tables(server, "it's $body$") == "restored"
        server.psql('drop database "it\'s $body$"')
        server.psql("drop role guest")

    def test_a_role_that_may_only_read_by_default_does_not_matter(self, target: Server, server: PostgreSQL) -> None:
        server.psql("create role reader login createdb; alter role reader set default_transaction_read_only = on;"
                    " alter role reader set statement_timeout = '1ms'")  # fmt: skip
        load(prepared(replace(target, user="reader")), "target")
        server.psql("drop database target")
        server.psql("drop role reader")


@pytest.mark.parametrize(
    "name", ["", "x" * 64, "\udcff", "postgres", "template0", "template1", f"{UNFINISHED}00000000"]
)
def test_a_name_that_has_another_purpose_is_refused_before_anything(target: Server, name: str) -> None:
    nowhere = replace(target, host="/nowhere")
    with pytest.raises(UsageError), new_database(nowhere, name):
        pytest.fail("the block must not be entered")


def test_a_server_without_the_database_postgres_will_do(server: PostgreSQL) -> None:
    server.psql("alter database postgres rename to elsewhere", "template1")
    try:
        target = prepared(Server(Local(str(server.programs)), "broker", "postgres", str(server.socket)))
        load(target, "target")
        assert server.psql("select count(*) from restored", "target") == "0"
        server.psql("drop database target", "template1")
    finally:
        server.psql("alter database elsewhere rename to postgres", "template1")


def test_a_server_that_does_not_answer_is_said(server: PostgreSQL) -> None:
    with pytest.raises(CommandFailed) as failed:
        prepared(Server(Local(str(server.programs)), "broker", "postgres", "/nowhere"))
    assert "/nowhere" in failed.value.stderr
