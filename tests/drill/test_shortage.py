"""A throwaway server that ran out of something has said nothing about the backup."""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from backuptool.bundle import Bundle
from backuptool.drill import drill
from backuptool.embedded.postgresql import PostgreSQL
from backuptool.errors import BackuptoolError, SourceError
from backuptool.shortage import Hints, shortage
from backuptool.target import prepared
from backuptool.throwaway import Throwaway, throwaway
from tests.bundle.sample import SERVER
from tests.test_comparison import source

AT = "2026-11-29 22:10:20.147 UTC [25420] "
HINTS = Hints(room="make room", memory="give it memory")
STARTED = f"{AT}LOG:  database system is ready to accept connections\n"
FULL = 'PANIC:  could not write to file "pg_wal/xlogtemp.7": No space left on device'
KILLED = "LOG:  server process (PID 187) was terminated by signal 9: Killed"
CHILD = "child process was terminated by signal 9: Killed"
CRASHED = "LOG:  client backend (PID 5) was terminated by signal 11: Segmentation fault"


ABORTED = "LOG:  startup process (PID 9) was terminated by signal 6: Aborted"
SHARED = 'ERROR:  could not resize shared memory segment "/x" to 8 bytes: No space left on device'
NO_ROOM, NO_MEMORY = ("has no room: ", HINTS.room), ("is short of memory, or was killed: ", HINTS.memory)


@pytest.mark.parametrize(
    ("said", "sign", "told"),
    [
        (f"{AT}{FULL}\n{AT}{ABORTED}\n", FULL, NO_ROOM),
        ("initdb: error: no: No space left on device\n", "initdb: error: no: No space left on device", NO_ROOM),
        (f"{AT}{SHARED}\n", SHARED, (NO_ROOM[0], HINTS.memory)),
        (f"{AT}{KILLED}\n{AT}DETAIL:  Failed process was running: SELECT 1\n", KILLED, NO_MEMORY),
        (f"{CHILD}\ninitdb: removing contents of data directory\n", CHILD, NO_MEMORY),
    ],
)
def test_what_a_server_ran_out_of_is_in_its_log(said: str, sign: str, told: tuple[str, str]) -> None:
    found = shortage("a server", STARTED + said, HINTS)
    assert found is not None
    assert not isinstance(found, SourceError)
    assert (found.message, found.hint) == (f"a server {told[0]}{sign}", told[1])


def test_a_server_that_somebody_stops_is_told() -> None:
    found = shortage("a server", f"{STARTED}{AT}LOG:  received fast shutdown request\n", HINTS)
    assert found is not None
    assert found.message == "a server was stopped"


def test_the_server_that_an_image_stops_before_the_one_that_stays_is_no_sign() -> None:
    assert shortage("a server", f"{STARTED}{AT}LOG:  received fast shutdown request\n{STARTED}", HINTS) is None


def test_a_server_that_a_backup_brings_down_by_itself_is_told_as_the_backups_fault() -> None:
    found = shortage("a server", f"{STARTED}{AT}{CRASHED}\n", HINTS)
    assert isinstance(found, SourceError)
    assert found.message == f"a server went down: {CRASHED}"
    assert "extension" in found.hint


@pytest.mark.parametrize(
    "quoting",
    [
        f"{AT}CONTEXT:  COPY t, line 3: ERROR:  No space left on device",
        f"{AT}DETAIL:  Failed process was running: select 'was terminated by signal 9'",
        f"{AT}STATEMENT:  select 1;\n\tERROR:  No space left on device\n\twas terminated by signal 9",
        f"{AT}LOG:  a row came at signal 9",
    ],
)
def test_what_a_log_quotes_is_no_sign(quoting: str) -> None:
    """It may be a row."""
    assert shortage("a server", f"{STARTED}{quoting}\n", HINTS) is None


FAILS = 'database "drilled" already exists'


@pytest.fixture
def fails(server: PostgreSQL) -> Callable[[BackuptoolError | None], Throwaway]:
    """A server in which nothing can be loaded: the database is there."""
    there = prepared(source(server, "drilled").server)
    return lambda why: Throwaway(there, "a server", lambda _: why)


def test_what_fails_for_want_of_something_is_no_fault_of_the_backup(
    fails: Callable[[BackuptoolError | None], Throwaway], bundle: Bundle
) -> None:
    why = BackuptoolError("a server has no room")
    with pytest.raises(BackuptoolError) as refused:
        drill(bundle, fails(why))
    assert refused.value is why
    assert FAILS in str(refused.value.__cause__)


def test_what_fails_elsewhere_is_told_as_it_is(
    fails: Callable[[BackuptoolError | None], Throwaway], bundle: Bundle
) -> None:
    with pytest.raises(SourceError, match=FAILS):
        drill(bundle, fails(None))


def until_it_fails(server: Throwaway) -> None:
    with server.blamed():
        while True:
            server.server.query("select 1")


def test_an_embedded_server_that_somebody_ends_is_told() -> None:
    with throwaway(SERVER, None, "") as own:
        os.kill(int((Path(own.server.host) / "data" / "postmaster.pid").read_text().split()[0]), signal.SIGKILL)
        with pytest.raises(BackuptoolError) as refused:
            until_it_fails(own)
    assert not isinstance(refused.value, SourceError)
    assert re.fullmatch(r"embedded PostgreSQL 18\.\d+ is gone", refused.value.message)


def test_a_query_that_fails_in_an_embedded_server_is_told_as_it_is() -> None:
    with throwaway(SERVER, None, "") as own, pytest.raises(SourceError, match="division by zero"), own.blamed():
        own.server.query("select 1 / 0")
