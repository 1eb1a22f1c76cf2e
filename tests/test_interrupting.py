"""The signal that tests raise at a place has come when `interrupted` returns: none comes later, into the test."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator

import pytest

from backuptool import interruption
from tests.interrupting import interrupted, listening


@pytest.fixture
def _listening() -> Iterator[None]:
    with listening():
        yield


class Held:
    """Lives as long as the frame that has it, which an error holds: it is finalized when the error is let go."""

    def __del__(self) -> None:
        len("a place")


def failing() -> None:
    kept = Held()
    raise InterruptedError(f"{kept} goes with this error")


@pytest.mark.usefixtures("_listening")
def test_one_that_a_finalizer_drops_when_the_error_is_let_go_does_not_come_afterwards() -> None:
    place = 1
    while interrupted(failing, place, ("tests/test_interrupting.py",)):
        time.sleep(2 * interruption.AGAIN)  # when it would come
        place += 1
    assert place > 5


def test_a_timer_that_runs_when_the_listening_ends_reaches_nobody() -> None:
    with listening():
        signal.setitimer(signal.ITIMER_REAL, interruption.AGAIN)
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)
