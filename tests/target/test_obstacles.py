"""What is bound to a database is named before anything is loaded: it would be lost, or go on with another one."""

from __future__ import annotations

import os
import pwd
import subprocess
from collections.abc import Iterator

import pytest

from backuptool.embedded.postgresql import PostgreSQL, postgresql
from backuptool.errors import UsageError
from backuptool.shells.local import Local
from backuptool.sources.server import Server
from backuptool.sources.session import session
from backuptool.target import Replacing, new_database, prepared
from backuptool.target.obstacles import BOUND, HINTS, refuse_if_bound


@pytest.fixture(scope="module")
def server() -> Iterator[PostgreSQL]:
    """A server that has room for prepared transactions and logical slots, with the database `live`."""
    with postgresql(16) as running:
        running.psql("alter system set max_prepared_transactions = 5; alter system set wal_level = logical")
        user = {"user": pwd.getpwnam("nobody").pw_uid} if os.geteuid() == 0 else {}
        argv = [str(running.programs / "pg_ctl"), "-D", str(running.socket / "data"), "-w", "restart"]
        subprocess.run(argv, check=True, stdout=subprocess.DEVNULL, cwd="/", **user)  # type: ignore[call-overload]  # user
        running.psql("create database live; create database other")
        running.psql("create table precious as select 42 as answer", "live")
        yield running


@pytest.fixture
def target(server: PostgreSQL) -> Server:
    return prepared(Server(Local(str(server.programs)), "live", "postgres", str(server.socket)))


def refused(target: Server) -> UsageError:
    with pytest.raises(UsageError) as refusal, new_database(target, "live", Replacing(force=True)):
        pytest.fail("the block must not be entered")
    return refusal.value


@pytest.mark.parametrize(
    ("made", "undone", "kind", "what"),
    [
        (
            "begin; insert into precious values (43); prepare transaction 'of the till'",
            "rollback prepared 'of the till'",
            "prepared transaction", "of the till",
        ),
        (
            "create subscription feed connection 'dbname=other' publication p with (connect = false)",
            "alter subscription feed set (slot_name = none); drop subscription feed",
            "subscription", "feed",
        ),
        (
            "select pg_create_logical_replication_slot('reader', 'pgoutput')",
            "select pg_drop_replication_slot('reader')",
            "logical replication slot", "reader",
        ),
    ],
    ids=["prepared transaction", "subscription", "slot"],
)  # fmt: skip
def test_what_is_bound_to_it_is_named(
    target: Server, server: PostgreSQL, made: str, undone: str, kind: str, what: str
) -> None:
    server.psql(made, "live")
    try:
        error = refused(target)
        assert error.message == f"the database live cannot be replaced while it has the {kind} '{what}'"
        assert error.hint == HINTS[kind]
        with new_database(target, "other", Replacing()) as new:  # what another one has does not matter
            target.query(f'create database "{new}"')
    finally:
        server.psql(undone, "live")


def test_a_worker_is_known_by_not_being_a_clients(target: Server) -> None:
    """No worker of an extension runs here: a client stands for one, and is left out of those that are known."""
    with session(target.on("live")) as client:
        client.ask("select 1")
        found = target.query(BOUND.format(name="'live'", clients="'walsender'"))
        assert found == [["background worker", "client backend"]]
        assert target.query(BOUND.format(name="'live'", clients="'client backend', 'autovacuum worker'")) == []
        assert target.query(BOUND.format(name="'other'", clients="'walsender', 'autovacuum worker'")) == []


def test_all_are_named_at_once_each_with_its_hint() -> None:
    found = [["background worker", "pg_cron launcher"], ["subscription", "a"], ["subscription", "b"]]
    with pytest.raises(UsageError) as refusal:
        refuse_if_bound("live", found)
    assert refusal.value.message.endswith(
        "while it has the background worker 'pg_cron launcher', the subscription 'a', the subscription 'b'"
    )
    assert refusal.value.hint == f"{HINTS['background worker']}; {HINTS['subscription']}"


def test_what_an_interrupted_drop_left_is_said(target: Server, server: PostgreSQL) -> None:
    server.psql("create database half; update pg_database set datconnlimit = -2 where datname = 'half'")
    with (
        pytest.raises(UsageError, match="is what an interrupted DROP DATABASE left"),
        new_database(target, "half", Replacing()),
    ):
        pytest.fail("the block must not be entered")
    server.psql("drop database half")
