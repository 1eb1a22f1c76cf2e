"""A throwaway server whose disk is full has said nothing about the backup."""

from __future__ import annotations

from pathlib import Path

import pytest

from backuptool.bundle import Bundle
from backuptool.drill import drill
from backuptool.embedded.postgresql import PostgreSQL
from backuptool.errors import BackuptoolError, SourceError
from backuptool.target import prepared
from backuptool.throwaway import Throwaway
from tests.test_comparison import source

PANIC = (
    '2026-11-29 22:10:20.147 UTC [25420] PANIC:  could not write to file "pg_wal/xlogtemp.7": No space left on device'
)


@pytest.fixture
def fails(server: PostgreSQL, tmp_path: Path) -> Throwaway:
    """Where nothing can be loaded: the database is there."""
    (tmp_path / "log").write_text("LOG:  started\n")
    return Throwaway(prepared(source(server, "drilled").server), "embedded PostgreSQL 18.4", tmp_path / "log")


def test_what_fails_where_the_disk_is_full_is_no_fault_of_the_backup(fails: Throwaway, bundle: Bundle) -> None:
    """The server ends, and its clients are told of that only."""
    assert fails.log
    fails.log.write_text(f"LOG:  started\n{PANIC}\nLOG:  server process was terminated\n")
    with pytest.raises(BackuptoolError) as refused:
        drill(bundle, fails)
    assert not isinstance(refused.value, SourceError)
    assert refused.value.message == (
        'embedded PostgreSQL 18.4 has no room: PANIC:  could not write to file "pg_wal/xlogtemp.7": '
        "No space left on device"
    )
    assert refused.value.hint == (
        'make room in /tmp for the whole database; or drill it in docker: drill = { image = "…" } in the plan'
    )


def test_what_fails_elsewhere_is_told_as_it_is(fails: Throwaway, bundle: Bundle) -> None:
    with pytest.raises(SourceError, match='database "drilled" already exists'):
        drill(bundle, fails)
