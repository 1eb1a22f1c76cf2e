"""`backuptool demo` does the whole job and leaves nothing behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest


def demo(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "TMPDIR": str(folder)}
    argv = [sys.executable, "-m", "backuptool", "demo", *words]
    return subprocess.run(argv, env=environment, capture_output=True, text=True, check=False)


def test_it_restores_twice_compares_and_keeps_only_what_it_was_asked_to(tmp_path: Path) -> None:
    (tmp_path / "temporary").mkdir()
    done = demo(tmp_path / "temporary", "--keep", str(tmp_path / "kept"))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Every table is the same in all three databases." in done.stdout
    assert "DIFFERENT" not in done.stdout
    assert list((tmp_path / "temporary").iterdir()) == []
    assert sorted(path.suffix for path in (tmp_path / "kept").iterdir()) == [".tar", ".txt"]
    # RECOVER.txt's scripts say whole names in whole sentences
    own = [line for line in done.stdout.splitlines() if str(tmp_path) not in line and "It was made as" not in line]
    assert max(map(len, own)) <= 80, max(own, key=len)
    again = demo(tmp_path / "temporary", "--keep", str(tmp_path / "kept"))
    assert (again.returncode, "has something in it already" in again.stderr) == (2, True)


def test_what_a_killed_one_left_is_removed_by_the_next(tmp_path: Path) -> None:
    folder = tmp_path / 'a "quoted" \\ one'  # and it works where a path must be quoted in its own configuration
    folder.mkdir()
    argv = [sys.executable, "-m", "backuptool", "demo"]
    environment = {**os.environ, "TMPDIR": str(folder)}
    with subprocess.Popen(argv, env=environment, stdout=subprocess.PIPE, text=True, start_new_session=True) as killed:
        assert killed.stdout is not None
        assert any(line.startswith("2. ") for line in killed.stdout)
        os.killpg(killed.pid, signal.SIGKILL)
    (left,) = folder.iterdir()
    done = demo(folder)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"removing what a killed run left: {left}" in done.stderr
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("place", ["/proc/x", "/proc/self/comm/x", "file"])
def test_a_place_that_can_keep_nothing_is_said_before_anything_is_done(tmp_path: Path, place: str) -> None:
    (tmp_path / "file").touch()
    done = demo(tmp_path, "--keep", str(tmp_path / place))
    lines = done.stderr.splitlines()
    assert (done.returncode, done.stdout, len(lines)) == (2, "", 2), done.stderr
    assert place in lines[0]


def test_two_at_once_do_not_meet(tmp_path: Path) -> None:
    folders = [tmp_path / "one", tmp_path / "two"]
    for folder in folders:
        folder.mkdir()
    with ThreadPoolExecutor() as both:
        done = list(both.map(demo, folders))
    assert [run.returncode for run in done] == [0, 0], [run.stdout for run in done]
