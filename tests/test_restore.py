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


def test_what_is_too_much_for_one_transaction_is_loaded_in_many(
    server: PostgreSQL, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    target = prepared(Server(Local(str(server.programs)), "broker", "postgres", str(server.socket)))
    one = b"select lo_create(%d); alter large object %d owner to postgres;\n"
    chunk = b"".join(one % (oid, oid) for oid in range(100_001, 130_001))
    with new_database(target, "many") as new:
        _load(target, new, lambda: target.query(f'create database "{new}"'), lambda: iter([chunk]))
    assert caplog.text.count("loading again") == 1
    assert server.psql("select count(*) from pg_largeobject_metadata", "many") == "30000"
    server.psql("drop database many")


def test_an_error_keeps_all_that_was_said_and_its_code(server: PostgreSQL) -> None:
    target = prepared(Server(Local(str(server.programs)), "broker", "postgres", str(server.socket)))
    sql = "do $$ begin raise warning 'first'; raise 'no: %', 1 using errcode = '53200', hint = 'last'; end $$"
    with pytest.raises(CommandFailed) as failed:
        target.query(sql)
    assert (failed.value.message, sqlstate(failed.value)) == ("ERROR:  no: 1", "53200")
    assert "first" in failed.value.stderr
    assert "HINT:  last" in failed.value.stderr
