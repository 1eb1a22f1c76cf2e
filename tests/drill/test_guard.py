"""What removes a drill's container when the drill cannot."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import pytest

from backuptool.contained import GUARD, OVER


@pytest.fixture
def removals(tmp_path: Path) -> Iterator[BinaryIO]:
    """A pipe into which each removal writes a line. Open for both: between two writers it has no end."""
    pipe = tmp_path / "removals"
    os.mkfifo(pipe)
    with pipe.open("r+b", buffering=0) as opened:
        yield opened


def guard(removals: BinaryIO) -> subprocess.Popen[bytes]:
    argv = ["/bin/sh", "-c", GUARD, "guard", "sh", "-c", 'echo removed > "$1"', "sh", removals.name]
    return subprocess.Popen(argv, stdin=subprocess.PIPE)


def test_a_container_that_is_made_after_its_drill_was_killed_goes_with_the_next_removal(removals: BinaryIO) -> None:
    """`docker run` goes on alone: what it has not made yet cannot be removed yet."""
    with guard(removals) as process:
        assert process.stdin is not None
        process.stdin.close()
        assert [removals.readline() for _ in range(3)] == [b"removed\n"] * 3
        process.kill()


def test_a_drill_that_ends_by_itself_waits_for_one_removal_only(removals: BinaryIO) -> None:
    with guard(removals) as process:
        assert process.stdin is not None
        process.stdin.write(OVER)
        process.stdin.close()
    assert process.returncode == 0
    os.set_blocking(removals.fileno(), False)
    assert removals.read() == b"removed\n"
