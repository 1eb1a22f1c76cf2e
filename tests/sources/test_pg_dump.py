"""What stands in pg_dump's way is said within a time limit."""

from __future__ import annotations

import subprocess

import pytest

from backuptool.contents import Scan
from backuptool.embedded.postgresql import PostgreSQL
from backuptool.errors import SourceError
from backuptool.shells.local import Local
from backuptool.sources.pg_dump import PgDump
from backuptool.sources.server import Server


def dump(server: PostgreSQL, lock_wait: int) -> bytes:
    there = Server(Local(str(server.programs)), "broker", user="postgres", host=str(server.socket))
    source = PgDump(there, lock_wait=lock_wait)
    source.prepare()
    return b"".join(source.dump(Scan()))


def test_a_table_that_is_locked_is_waited_for_no_longer_than_allowed(server: PostgreSQL) -> None:
    assert len(dump(server, 1)) > 1000
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
