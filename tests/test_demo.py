"""`backuptool demo` does the whole job and leaves nothing behind."""

from __future__ import annotations

import os
import subprocess
import sys
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
    assert max(map(len, done.stdout.splitlines())) <= 100
    again = demo(tmp_path / "temporary", "--keep", str(tmp_path / "kept"))
    assert (again.returncode, "has something in it already" in again.stderr) == (2, True)
