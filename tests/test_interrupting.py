"""The signal that tests raise at a place has come when `interrupted` returns: none comes later, into the test."""

from __future__ import annotations

import signal
import sys
import time
from collections.abc import Iterator
from contextlib import suppress

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


def handling() -> None:
    with suppress(ValueError):
        int("no number")
    try:
        int("none")
    except ValueError:
        return


@pytest.mark.usefixtures("_listening")
def test_no_error_that_was_handled_is_left_as_the_context_of_others() -> None:
    place = 1
    while interrupted(handling, place, ("tests/test_interrupting.py", "contextlib.py")):
        assert sys.exc_info()[1] is None, f"place {place}"
        place += 1
    assert place > 10


def test_a_timer_that_runs_when_the_listening_ends_reaches_nobody() -> None:
    with listening():
        signal.setitimer(signal.ITIMER_REAL, interruption.AGAIN)
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)
