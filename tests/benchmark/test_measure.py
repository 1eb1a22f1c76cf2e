"""The benchmark's own eyes: what a command and its children use is seen, whether it is theirs or nobody else's."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from backuptool.embedded.postgresql import PostgreSQL
from backuptool.errors import CommandFailed
from integration.benchmark.cpu import server_cpu
from integration.benchmark.database import postmaster
from integration.benchmark.measure import Cost, measured, occupied

MIB = 1 << 20
# A parent and its child, each with 40 MiB, for longer than some looks.
FAMILY = """
import subprocess, sys, time
held = bytes(range(256)) * (40 << 12)
if sys.argv[1:] == ["parent"]:
    sys.exit(subprocess.run([sys.executable, "-c", sys.orig_argv[2]]).returncode)
time.sleep(0.4)
"""
HIDDEN = """
import os, sys, time
with open(sys.argv[1] + "/gone", "wb") as file:
    os.unlink(file.name)
    file.write(os.urandom(5 << 20))
    file.flush()
    os.fsync(file.fileno())
    time.sleep(0.3)
"""
BURN = """
import subprocess, sys, time
if sys.argv[1:] == ["parent"]:
    sys.exit(subprocess.run([sys.executable, "-c", sys.orig_argv[2]]).returncode)
while time.process_time() < 0.5: pass
"""


def cost(script: str, *words: str, place: Path) -> Cost:
    return measured([sys.executable, "-c", script, *words], place, os.getpid())


def test_memory_is_the_sum_of_the_whole_tree(tmp_path: Path) -> None:
    assert 80 * MIB < cost(FAMILY, "parent", place=tmp_path).memory < 130 * MIB
    assert 40 * MIB < cost(FAMILY, place=tmp_path).memory < 65 * MIB


def test_cpu_counts_children(tmp_path: Path) -> None:
    assert 0.5 <= cost(BURN, "parent", place=tmp_path).cpu < 1.5


def test_a_file_without_a_name_counts_while_it_is_open(tmp_path: Path) -> None:
    assert 5 * MIB <= cost(HIDDEN, str(tmp_path), place=tmp_path).disk < 6 * MIB
    assert occupied(tmp_path) == 0


def test_two_names_of_one_file_count_once(tmp_path: Path) -> None:
    (tmp_path / "one").write_bytes(os.urandom(MIB))
    (tmp_path / "two").hardlink_to(tmp_path / "one")
    assert MIB <= occupied(tmp_path) < 1.1 * MIB


def test_a_command_that_fails_has_no_cost(tmp_path: Path) -> None:
    with pytest.raises(CommandFailed):
        cost("raise SystemExit(3)", place=tmp_path)


def test_the_work_of_the_server_is_its_own(server: PostgreSQL, tmp_path: Path) -> None:
    before = server_cpu(postmaster(server))
    subprocess.run(
        [server.programs / "psql", "-h", server.socket, "-U", server.user, "-d", "postgres", "-c",
         "select count(sha256(n::text::bytea)) from generate_series(1, 600000) n"],
        check=True, stdout=subprocess.DEVNULL, cwd=tmp_path,
    )  # fmt: skip
    assert server_cpu(postmaster(server)) - before > 0.1


def test_a_folder_that_goes_while_it_is_looked_into_is_no_error(tmp_path: Path) -> None:
    over = threading.Event()

    def come_and_go() -> None:
        while not over.is_set():
            (tmp_path / "run" / "deeper").mkdir(parents=True)
            shutil.rmtree(tmp_path / "run")

    other = threading.Thread(target=come_and_go)
    other.start()
    try:
        for _ in range(2000):
            occupied(tmp_path)
    finally:
        over.set()
        other.join()
