"""Waiting for a process: its exit code, a limit, and a signal at any place that leaves nobody waiting for himself."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator

import pytest

from backuptool.ended import ended
from tests.interrupting import interrupted, listening

SLEEPS = ["sleep", "600"]
LINES = 80  # some six rounds of waiting


@pytest.fixture
def _listening() -> Iterator[None]:
    with listening():
        yield


@pytest.mark.parametrize(("script", "code"), [("exit 3", 3), ("kill -9 $$", -9), ("sleep 0.2; exit 4", 4)])
def test_the_exit_code_is_what_the_process_ended_with(script: str, code: int) -> None:
    with subprocess.Popen(["sh", "-c", script]) as process:
        assert ended(process, 60) == code
        assert ended(process, 60) == code, "and it stays so"


def test_none_says_that_it_still_runs() -> None:
    with subprocess.Popen(SLEEPS) as process:
        assert ended(process, 0.2) is None
        assert process.poll() is None
        process.kill()
        assert ended(process, 60) == -9


Wait = Callable[[subprocess.Popen[bytes]], object]


def waiting(wait: Wait, process: subprocess.Popen[bytes]) -> Callable[[], None]:
    def work() -> None:
        wait(process)

    return work


def left_waiting(wait: Wait) -> list[int]:
    """The places of `wait` at which a signal leaves a process that cannot be waited for: the lock for that is taken."""
    found = []
    for place in range(1, LINES):
        with subprocess.Popen(SLEEPS) as process:
            assert interrupted(waiting(wait, process), place, ("backuptool/ended.py", "/subprocess.py"))
            if process._waitpid_lock.locked():  # type: ignore[attr-defined]
                found.append(place)
                process._waitpid_lock.release()  # type: ignore[attr-defined]
            process.kill()
    return found


@pytest.mark.usefixtures("_listening")
def test_after_a_signal_at_any_place_the_process_can_be_killed_and_waited_for() -> None:
    assert left_waiting(lambda process: ended(process, 60)) == []


@pytest.mark.usefixtures("_listening")
def test_after_pythons_own_wait_it_cannot_always() -> None:
    """Why there is an own one. When this fails, Python has mended it, and `ended` may go."""
    assert left_waiting(lambda process: process.wait(60))
