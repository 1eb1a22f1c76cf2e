"""The benchmark runs, whatever the speed, and leaves nothing running or lying about."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

from tests.test_hooks import gone

BENCHMARK = [sys.executable, "-m", "integration.benchmark.pipeline", "--rounds", "1", "--kdf", "sop"]
TOP = Path(__file__).parents[2]


def running(folder: Path) -> dict[int, str]:
    """The processes that were started with this TMPDIR, each with its command."""
    mark, found = f"TMPDIR={folder}\0".encode(), {}
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if mark in (process / "environ").read_bytes():
                found[int(process.name)] = (process / "cmdline").read_text().replace("\0", " ")
        except (FileNotFoundError, ProcessLookupError, PermissionError):
            continue  # it ended meanwhile, or is somebody else's
    return found


def test_it_prints_a_table_and_leaves_nothing(tmp_path: Path) -> None:
    done = subprocess.run(
        [*BENCHMARK, "--gigabytes", "0.002", "--kind", "series"], cwd=TOP, env={**os.environ, "TMPDIR": str(tmp_path)},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    for said in ("pg_dump > /dev/null", "dump to finished bundle", "wall time", "peak memory", "temporary disk"):
        assert said in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 80, done.stdout
    assert (running(tmp_path), list(tmp_path.iterdir())) == ({}, [])


def test_after_control_c_nothing_is_left(tmp_path: Path) -> None:
    """In the middle of what is measured: tar, which begins a bundle, does not go on."""
    folder, begun = tmp_path / "temporary", tmp_path / "begun"
    folder.mkdir()
    os.mkfifo(begun)
    (tmp_path / "tar").write_text(f'#!/bin/sh\necho > "{begun}"\nexec sleep 600\n')
    (tmp_path / "tar").chmod(0o755)
    with subprocess.Popen(
        [*BENCHMARK, "--gigabytes", "0.02"], cwd=TOP,
        env={**os.environ, "TMPDIR": str(folder), "PATH": f"{tmp_path}:{os.environ['PATH']}"},
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, start_new_session=True,
    ) as process:  # fmt: skip
        begun.read_bytes()
        assert list(folder.glob("*/whole/*/backuptool-run-*/*.tar"))
        assert len(running(folder)) > 1  # itself and what it measures; the server is another user's
        os.killpg(process.pid, signal.SIGINT)
        _, said = process.communicate()
    # Before it Python may say that a signal met a child between fork and exec.
    assert (process.returncode, said.splitlines()[-1]) == (130, "interrupted; nothing was left behind")
    while left := running(folder):  # the guard of a command that was cut off goes last
        assert all(map(gone, left))
    assert list(folder.iterdir()) == []
