# ruff: noqa: PT012 - where in a block a signal is raised is what is tested
"""A signal is raised at once, or at the end of what must not be cut in two; it is never lost."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator

import pytest

from backuptool import interruption
from backuptool.errors import BackuptoolError, Interrupted, Overdue
from backuptool.interruption import ENDING, held, listen, released, within


@pytest.fixture(autouse=True)
def _listening() -> Iterator[None]:
    before = {number: signal.getsignal(number) for number in (*ENDING, signal.SIGALRM)}
    hook = sys.unraisablehook
    listen()
    yield
    sys.unraisablehook = hook
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.parametrize("number", ENDING)
def test_a_signal_is_raised_where_it_comes(number: int) -> None:
    with pytest.raises(Interrupted) as signalled:
        os.kill(os.getpid(), number)
    assert signalled.value.exit_code == 128 + number


def test_a_second_signal_does_not_interrupt_the_cleaning_up() -> None:
    with pytest.raises(Interrupted):
        os.kill(os.getpid(), signal.SIGTERM)
    for number in ENDING:
        os.kill(os.getpid(), number)


def test_what_must_not_be_cut_in_two_is_done_first() -> None:
    done = []
    with pytest.raises(Interrupted), held():
        with held():
            os.kill(os.getpid(), signal.SIGTERM)
            done.append("inner")
        done.append("outer")
    assert done == ["inner", "outer"]


def test_a_signal_is_raised_in_the_part_that_is_released_and_then_the_end_is_not_interrupted() -> None:
    done = []
    with pytest.raises(Interrupted), held():
        done.append("begun")
        try:
            with released():
                os.kill(os.getpid(), signal.SIGTERM)
                done.append("never")
        finally:
            done.append("ended")
    assert done == ["begun", "ended"]


def test_a_signal_that_waited_is_raised_where_the_part_that_is_released_begins() -> None:
    done = []
    with pytest.raises(Interrupted), held():
        os.kill(os.getpid(), signal.SIGTERM)
        done.append("begun")
        with released():
            done.append("never")
    assert done == ["begun"]
    assert interruption._holds == 0, "after a time limit other plans run, and their signals are raised at once"


def test_another_thread_holds_nothing() -> None:
    inside, over = threading.Event(), threading.Event()

    def holding() -> None:
        with held():
            inside.set()
            over.wait()

    thread = threading.Thread(target=holding)
    thread.start()
    inside.wait()
    try:
        with pytest.raises(Interrupted):
            os.kill(os.getpid(), signal.SIGTERM)
    finally:
        over.set()
        thread.join()


class Finalized:
    """What Python makes of an exception in a finalizer: a message, and nothing else."""

    def __del__(self) -> None:
        os.kill(os.getpid(), signal.SIGTERM)


def test_a_signal_that_comes_in_a_finalizer_is_not_lost() -> None:
    with pytest.raises(Interrupted):
        one = Finalized()
        del one
        threading.Event().wait(10)


def test_what_else_is_raised_in_a_finalizer_is_said_as_ever() -> None:
    code = "from backuptool.interruption import listen\nlisten()\nclass A:\n  def __del__(self): 1/0\nA()"
    done = subprocess.run([sys.executable, "-c", code], stderr=subprocess.PIPE, text=True, check=True)
    assert "ZeroDivisionError" in done.stderr


def test_what_is_ignored_stays_so() -> None:
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    listen()
    os.kill(os.getpid(), signal.SIGHUP)


def time_is_up() -> None:
    """The timer's signal, here: a timer of 10 ms may go off before the block that is meant begins."""
    signal.raise_signal(signal.SIGALRM)


class TestATimeLimit:
    def test_ends_what_takes_longer(self) -> None:
        with pytest.raises(BackuptoolError, match="night was not done within 60 s"), within(60, "the night"):
            assert 0 < signal.getitimer(signal.ITIMER_REAL)[0] <= 60
            time_is_up()

    def test_is_over_with_its_block(self) -> None:
        with within(60, "the night"):
            pass
        assert signal.getitimer(signal.ITIMER_REAL) == (0, 0)

    def test_waits_for_what_must_not_be_cut_in_two(self) -> None:
        done = []
        with pytest.raises(BackuptoolError), within(60, "the night"), held():
            time_is_up()
            done.append("all")
        assert done == ["all"]

    def test_that_ended_one_plan_leaves_signals_as_they_were_for_the_next(self) -> None:
        with pytest.raises(BackuptoolError), within(60, "the night"):
            time_is_up()
        with pytest.raises(Interrupted):
            os.kill(os.getpid(), signal.SIGTERM)

    def test_says_what_was_being_tried_again_when_it_was_over(self) -> None:
        down = BackuptoolError("it is down")
        with pytest.raises(Overdue) as overdue, within(60, "the night"):
            try:
                time_is_up()
            except Interrupted as signalled:
                signalled.met = down
                raise
        assert overdue.value.met is down

    def test_lets_other_signals_through(self) -> None:
        with pytest.raises(Interrupted) as signalled, within(60, "the night"):
            os.kill(os.getpid(), signal.SIGTERM)
        assert signalled.value.exit_code == 128 + signal.SIGTERM

    def test_loses_no_signal_that_came_in_a_finalizer_at_its_very_end(self) -> None:
        with pytest.raises(Interrupted) as signalled, within(60, "the night"):
            one = Finalized()
            del one
        assert signalled.value.exit_code == 128 + signal.SIGTERM

    def test_of_another_thread_is_none(self) -> None:
        """Signals go to the main thread only."""
        done = []

        def limited() -> None:
            with within(60, "the night"):
                done.append("all")

        thread = threading.Thread(target=limited)
        thread.start()
        thread.join()
        assert done == ["all"]
