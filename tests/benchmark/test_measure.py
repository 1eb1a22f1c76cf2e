"""The benchmark's own eyes: what a command and its children use is seen, whether it is theirs or nobody else's."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterable
from pathlib import Path
from textwrap import indent

import pytest

from backuptool.embedded.postgresql import PostgreSQL
from backuptool.errors import CommandFailed
from integration.benchmark import measure
from integration.benchmark.cpu import server_cpu
from integration.benchmark.measure import Cost, measured, occupied
from integration.benchmark.place import here

MIB = 1 << 20
# What a program has until it has been looked at, however late that is.
UNTIL_SEEN = """
import os, pathlib, time
folder = pathlib.Path(os.environ["TMPDIR"])
(folder / "here").touch()
while not (folder / "seen").exists():
    time.sleep(0.01)
"""
# A parent and its child, each with 40 MiB.
FAMILY = f"""
import subprocess, sys
held = bytes(range(256)) * (40 << 12)
if sys.argv[1:] == ["parent"]:
    sys.exit(subprocess.run([sys.executable, "-c", sys.orig_argv[2]]).returncode)
{UNTIL_SEEN}
"""
HIDDEN = f"""
import os, sys
with open(sys.argv[1] + "/gone", "wb") as file:
    os.unlink(file.name)
    file.write(os.urandom(5 << 20))
    file.flush()
    os.fsync(file.fileno())
{indent(UNTIL_SEEN, "    ")}
"""
BURN = """
import subprocess, sys, time
if sys.argv[1:] == ["parent"]:
    sys.exit(subprocess.run([sys.executable, "-c", sys.orig_argv[2]]).returncode)
while time.process_time() < 0.5: pass
"""


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder in which `seen` comes to be at the end of the first look that began when `here` was there."""
    was_here = False

    def looked(folder: Path, more: Iterable[os.stat_result]) -> int:
        nonlocal was_here
        found = occupied(folder, more)
        if was_here:
            (tmp_path / "seen").touch()
        was_here = (tmp_path / "here").exists()
        return found

    monkeypatch.setattr(measure, "occupied", looked)
    return tmp_path


def cost(script: str, *words: str, place: Path) -> Cost:
    return measured([sys.executable, "-c", script, *words], place, os.getpid())


@pytest.mark.parametrize(("words", "mebibytes"), [(["parent"], range(80, 130)), ([], range(40, 65))])
def test_memory_is_the_sum_of_the_whole_tree(place: Path, words: list[str], mebibytes: range) -> None:
    assert cost(FAMILY, *words, place=place).memory // MIB in mebibytes


def test_cpu_counts_children(tmp_path: Path) -> None:
    assert 0.5 <= cost(BURN, "parent", place=tmp_path).cpu < 1.5


def test_a_file_without_a_name_counts_while_it_is_open(place: Path) -> None:
    assert 5 * MIB <= cost(HIDDEN, str(place), place=place).disk < 6 * MIB
    assert occupied(place) == 0


def test_two_names_of_one_file_count_once(tmp_path: Path) -> None:
    (tmp_path / "one").write_bytes(os.urandom(MIB))
    (tmp_path / "two").hardlink_to(tmp_path / "one")
    assert MIB <= occupied(tmp_path) < 1.1 * MIB


def test_a_command_that_fails_has_no_cost(tmp_path: Path) -> None:
    with pytest.raises(CommandFailed):
        cost("raise SystemExit(3)", place=tmp_path)


def test_the_work_of_the_server_is_its_own(server: PostgreSQL, tmp_path: Path) -> None:
    before = server_cpu(here(server).postmaster)
    subprocess.run(
        [server.programs / "psql", "-h", server.socket, "-U", server.user, "-d", "postgres", "-c",
         "select count(sha256(n::text::bytea)) from generate_series(1, 600000) n"],
        check=True, stdout=subprocess.DEVNULL, cwd=tmp_path,
    )  # fmt: skip
    assert server_cpu(here(server).postmaster) - before > 0.1


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
