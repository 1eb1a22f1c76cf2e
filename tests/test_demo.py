"""`backuptool demo` does the whole job and leaves nothing behind."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path


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
    own = [line for line in done.stdout.splitlines() if str(tmp_path) not in line]
    assert max(map(len, own)) <= 80, max(own, key=len)
    again = demo(tmp_path / "temporary", "--keep", str(tmp_path / "kept"))
    assert (again.returncode, "has something in it already" in again.stderr) == (2, True)


def test_two_at_once_do_not_meet(tmp_path: Path) -> None:
    folders = [tmp_path / "one", tmp_path / "two"]
    for folder in folders:
        folder.mkdir()
    with ThreadPoolExecutor() as both:
        done = list(both.map(demo, folders))
    assert [run.returncode for run in done] == [0, 0], [run.stdout for run in done]
