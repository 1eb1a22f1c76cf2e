"""`backuptool demo` does the whole job and leaves nothing behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest


def demo(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "TMPDIR": str(folder)}
    argv = [sys.executable, "-m", "backuptool", "demo", *words]
    return subprocess.run(argv, env=environment, capture_output=True, text=True, check=False)


def test_it_restores_twice_compares_and_keeps_only_what_it_was_asked_to(tmp_path: Path) -> None:
    """That two at once do not meet is seen in .ci/run, as root and as nobody."""
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


def test_what_a_killed_one_left_is_removed_by_the_next_and_control_c_leaves_nothing(tmp_path: Path) -> None:
    folder = tmp_path / 'a "quoted" \\ one'  # and it works where a path must be quoted in its own configuration
    folder.mkdir()
    assert ended(folder, signal.SIGKILL) == (-signal.SIGKILL, "")
    (left,) = folder.iterdir()
    code, said = ended(folder, signal.SIGINT)
    assert code == 130, said
    assert f"removing what a killed run left: {left}" in said
    assert list(folder.iterdir()) == []


def ended(folder: Path, number: signal.Signals) -> tuple[int, str]:
    """How a demo ends, and what it says, that this signal meets while it makes its backup."""
    argv = [sys.executable, "-m", "backuptool", "demo"]
    with subprocess.Popen(
        argv, env={**os.environ, "TMPDIR": str(folder)}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        start_new_session=True,
    ) as process:  # fmt: skip
        assert process.stdout is not None
        assert any(line.startswith("3. ") for line in process.stdout)
        os.killpg(process.pid, number)
        _, said = process.communicate()
    return process.returncode, said


@pytest.mark.parametrize("place", ["/proc/x", "/proc/self/comm/x", "file"])
def test_a_place_that_can_keep_nothing_is_said_before_anything_is_done(tmp_path: Path, place: str) -> None:
    (tmp_path / "file").touch()
    done = demo(tmp_path, "--keep", str(tmp_path / place))
    lines = done.stderr.splitlines()
    assert (done.returncode, done.stdout, len(lines)) == (2, "", 2), done.stderr
    assert place in lines[0]
