"""What removes a drill's container when the drill cannot."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from backuptool.contained import GUARD, OVER


@pytest.fixture
def removals(tmp_path: Path) -> Path:
    """A pipe into which each removal writes a line."""
    pipe = tmp_path / "removals"
    subprocess.run(["mkfifo", pipe], check=True)
    return pipe


def guard(removals: Path) -> subprocess.Popen[bytes]:
    argv = ["/bin/sh", "-c", GUARD, "guard", "sh", "-c", 'echo removed > "$1"', "sh", str(removals)]
    return subprocess.Popen(argv, stdin=subprocess.PIPE)


def test_a_container_that_is_made_after_its_drill_was_killed_goes_with_the_next_removal(removals: Path) -> None:
    """`docker run` goes on alone: what it has not made yet cannot be removed yet."""
    with guard(removals) as process:
        assert process.stdin is not None
        process.stdin.close()
        assert [removals.read_text() for _ in range(3)] == ["removed\n"] * 3
        process.kill()


def test_a_drill_that_ends_by_itself_waits_for_one_removal_only(removals: Path) -> None:
    with guard(removals) as process:
        assert process.stdin is not None
        process.stdin.write(OVER)
        process.stdin.close()
        assert removals.read_text() == "removed\n"
        assert process.wait(5) == 0
