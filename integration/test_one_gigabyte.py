"""1 GB in one table goes through the tool and back in constant memory, and every byte of it is the same."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from backuptool.bundle import Keys, opened
from backuptool.contents import DumpFacts
from backuptool.embedded.postgresql import PostgreSQL, postgresql
from backuptool.passphrase import read_passphrase
from integration.benchmark.case import Case
from integration.benchmark.measure import measured
from integration.benchmark.place import here

MEMORY = 100 << 20  # bytes, of the command and all that it runs
# 1,000 rows are inserted a thousand times: md5 of each would take longer than the dump.
SQL = """
CREATE TABLE lines (id bigint, a int, words text);
INSERT INTO lines
    SELECT n * 1000 + m, nullif(m % 7, 0), line || n FROM generate_series(1, 1000) n,
        (SELECT m, (SELECT string_agg(md5((m * 32 + k)::text), E'\\t') FROM generate_series(1, 30) k) AS line
            FROM generate_series(1, 1000) m OFFSET 0) made;
"""


@pytest.fixture
def server() -> Iterator[PostgreSQL]:
    with postgresql(18) as running:
        running.psql("CREATE DATABASE gigabyte TEMPLATE template0")
        running.psql(SQL, "gigabyte")
        yield running


def backed_up(server: PostgreSQL, database: str, folder: Path) -> tuple[int, DumpFacts]:
    """Bytes of memory, and what is in the backup."""
    case = Case(here(server), database, folder)
    case.configure()
    memory = measured(case.backup(), folder, here(server).postmaster).memory
    (path,) = case.store.iterdir()
    with opened(path, Keys.of(read_passphrase(folder / "passphrase.txt"))) as bundle:
        return memory, bundle.contents.dump


def test_a_gigabyte_in_one_table(server: PostgreSQL, tmp_path: Path) -> None:
    to_make, original = backed_up(server, "gigabyte", tmp_path / "original")
    assert original.bytes > 1_000_000_000
    command = [sys.executable, "-m", "backuptool", "--config", str(tmp_path / "original" / "config.toml")]
    place = tmp_path / "restore"
    place.mkdir()
    to_restore = measured([*command, "restore", "--into", "copy"], place, here(server).postmaster).memory
    server.psql("DROP DATABASE gigabyte")
    _, copy = backed_up(server, "copy", tmp_path / "copy")
    assert copy == original
    print(f"memory: {to_make >> 20} MiB to make it, {to_restore >> 20} MiB to restore it")
    assert max(to_make, to_restore) < MEMORY
