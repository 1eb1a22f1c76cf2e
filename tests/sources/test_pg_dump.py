"""What stands in pg_dump's way is said within a time limit."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from backuptool.contents import Scan
from backuptool.embedded.postgresql import PostgreSQL
from backuptool.errors import SourceError
from backuptool.shells.local import Local
from backuptool.sources.pg_dump import PgDump
from backuptool.sources.server import Server
from backuptool.sources.session import session


def dump(server: PostgreSQL, lock_wait: int) -> bytes:
    there = Server(Local(str(server.programs)), "broker", user="postgres", host=str(server.socket))
    source = PgDump(there, lock_wait=lock_wait)
    source.prepare()
    return b"".join(source.dump(Scan()))


def test_a_table_that_is_locked_is_waited_for_no_longer_than_allowed(server: PostgreSQL) -> None:
    assert len(dump(server, 3600)) > 1000
    argv = ["-X", "-q", "-At", "-h", str(server.socket), "-U", "postgres", "-d", "broker"]
    with subprocess.Popen(
        [server.programs / "psql", *argv], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdin is not None
        assert holder.stdout is not None
        holder.stdin.write("begin; lock table submission in access exclusive mode; select 'held';\n")
        holder.stdin.flush()
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(SourceError, match="canceling statement due to") as caught:
            dump(server, 1)
        holder.stdin.close()
    assert "pg_locks" in caught.value.hint
    assert "\n" not in caught.value.message


@dataclass
class Counting:
    """A shell that keeps what it was asked to run."""

    path: str
    asked: list[tuple[str, ...]] = field(default_factory=list)

    def command(self, *argv: str) -> Any:
        self.asked.append(argv)
        return Local(self.path).command(*argv)


def test_no_more_commands_are_run_than_a_backup_needs(server: PostgreSQL) -> None:
    """In a container each is 0.1 to 0.2 s, whatever it does; the dump of a small database is no more."""
    shell = Counting(str(server.programs))
    source = PgDump(Server(shell, "broker", user="postgres", host=str(server.socket)))
    source.prepare()
    before = len(shell.asked)
    b"".join(source.dump(Scan()))
    dumped = len(shell.asked)
    b"".join([*source.database(), *source.roles()])
    source.facts()
    assert (before, dumped - before, len(shell.asked) - dumped) == (1, 1, 7)


def test_the_containers_two_variables_are_one_question(server: PostgreSQL) -> None:
    shell = Counting(str(server.programs))
    Server(shell, "").with_container_defaults()
    assert len(shell.asked) == 1


HOSTILE = """
    create role tenant;
    create database rented owner tenant;
    \\connect rented
    set role tenant;
    create schema own;
    create function own.pg_encoding_to_char(int) returns name language plpgsql as $$ begin
        create table if not exists own.ran_as as select current_user as who;
        return pg_catalog.pg_encoding_to_char($1);
    end $$;
    alter database rented set search_path = own, pg_catalog;
"""


@pytest.fixture
def rented(server: PostgreSQL) -> Iterator[Server]:
    """A database whose owner, no superuser, has it search a schema of the owner's before PostgreSQL's own."""
    server.psql(HOSTILE)
    yield Server(Local(str(server.programs)), "rented", user="postgres", host=str(server.socket))
    server.psql("drop database rented; drop role tenant")


def test_no_function_of_a_database_runs_as_the_superuser_who_dumps_it(rented: Server) -> None:
    """CVE-2018-1058."""
    source = PgDump(rented)
    source.prepare()
    b"".join([*source.text(Scan()), *source.database(), *source.roles()])
    source.facts()
    with session(rented) as inside:
        inside.ask("select pg_encoding_to_char(6)")
        ran = "select relname from pg_catalog.pg_class where relname = 'ran_as'"
        assert inside.ask(ran) == []
    rented.query("select pg_encoding_to_char(6)", first="")
    assert rented.query(ran) == [["ran_as"]]
