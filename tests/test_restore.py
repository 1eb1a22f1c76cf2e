"""What is loaded again when the server has no room for it in one transaction."""

from __future__ import annotations

import logging

import pytest

from backuptool.embedded.postgresql import PostgreSQL
from backuptool.errors import CommandFailed
from backuptool.restore import _load
from backuptool.shells.local import Local
from backuptool.sources.server import Server, sqlstate
from backuptool.target import new_database, prepared

# Fails as a server without locks does, but only within a transaction of several statements: its now() is that of the
# first one. The servers of the tests have more locks (1024 for each connection) than a test has time to take.
TOO_MUCH = b"""
select lo_create(100001);
do $$ begin if now() <> statement_timestamp() then raise 'out of shared memory' using errcode = '53200'; end if; end $$;
select lo_create(100002);
"""


def test_what_is_too_much_for_one_transaction_is_loaded_in_many(
    server: PostgreSQL, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    target = prepared(Server(Local(str(server.programs)), "broker", "postgres", str(server.socket)))
    with new_database(target, "many") as new:
        _load(target, new, lambda: target.query(f'create database "{new}"'), lambda: iter([TOO_MUCH]))
    assert caplog.text.count("loading again") == 1
    assert server.psql("select count(*) from pg_largeobject_metadata", "many") == "2"
    server.psql("drop database many")


def test_an_error_keeps_all_that_was_said_and_its_code(server: PostgreSQL) -> None:
    target = prepared(Server(Local(str(server.programs)), "broker", "postgres", str(server.socket)))
    sql = "do $$ begin raise warning 'first'; raise 'no: %', 1 using errcode = '53200', hint = 'last'; end $$"
    with pytest.raises(CommandFailed) as failed:
        target.query(sql)
    assert (failed.value.message, sqlstate(failed.value)) == ("ERROR:  no: 1", "53200")
    assert "first" in failed.value.stderr
    assert "HINT:  last" in failed.value.stderr
