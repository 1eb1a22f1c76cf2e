"""A signal that asks the run to end is raised as Interrupted in the main thread, but not where something would be lost.

Python runs a handler between any two bytecodes: also between the start of a process and the `with` that ends it, and in
the cleaning up. There the signal is held. In a finalizer Python drops whatever is raised: there it comes again.
What takes too long is ended in the same way.
"""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

from backuptool.errors import Interrupted, Overdue

ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
HANDLED = (*ENDING, signal.SIGALRM)
AGAIN = 0.01  # s
LOOK = 0.2  # s
_holds = 0  # blocks that hold signals now, one within another
_came = 0  # the signal that waits for their end
_others = sys.unraisablehook


def listen() -> None:
    """From now on a signal ends the run. One that is ignored stays so: nohup and `&` want it, who started us did."""
    global _holds, _came  # noqa: PLW0603 - signals belong to the process
    _holds = _came = 0
    for number in ENDING:
        if signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, _asked)
    sys.unraisablehook = _dropped


@contextmanager
def held() -> Iterator[None]:
    """A signal that comes within this block is raised at its end. For what takes no time, and for cleaning up."""
    if not _by_us():
        yield
        return
    _hold(1)
    try:
        yield
    finally:
        _hold(-1)


@contextmanager
def released() -> Iterator[None]:
    """The part of a `held` block in which a signal may be raised: the work, between its beginning and its end.

    So the cleaning up in a `finally` around this is safe from its first bytecode on, which `finally: with held()` is
    not.
    """
    if not _by_us():
        yield
        return
    try:
        _hold(-1)
        yield
    finally:
        _hold(1)


@contextmanager
def within(seconds: float, what: str) -> Iterator[None]:
    """The block may take so long, then it ends as by a signal. Raises Overdue, saying of `what`."""
    if not _by_us():
        yield
        return
    before = {number: signal.getsignal(number) for number in ENDING}
    signal.signal(signal.SIGALRM, lambda *_: _asked(signal.SIGALRM, None))
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        try:
            yield
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            _hold(0)  # one that was dropped in a finalizer, and would have come again by that timer
    except Interrupted as signalled:
        if signalled.exit_code != 128 + signal.SIGALRM:
            raise
        for number, handler in before.items():  # what is cleaned up is cleaned up: others may end what comes next
            signal.signal(number, handler)
        overdue = Overdue(
            f"{what} was not done within {seconds:g} s and was ended",
            hint="see with -v what takes so long (a lock in the database?); or raise the plan's time_limit",
        )
        overdue.met = signalled.met
        raise overdue from None


@contextmanager
def attentive() -> Iterator[None]:
    """For what waits for a person, outside of `within`: a signal that comes just before the read(2), when Python has
    looked for one already, would be raised after the next key only. A timer cuts the read short, and Python looks again
    before it goes on."""
    signal.signal(signal.SIGALRM, _again)
    signal.setitimer(signal.ITIMER_REAL, LOOK, LOOK)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        _hold(0)  # as in `within`


@contextmanager
def unsignalled() -> Iterator[None]:
    """A thread that is started in this block is given no signal. The main one handles them when it wakes: to give one
    to another, as the kernel may after a Ctrl-Z, would not wake it from its wait for a server."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, HANDLED)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _by_us() -> bool:
    return threading.current_thread() is threading.main_thread()  # handlers run nowhere else


def _hold(more: int) -> None:
    global _holds, _came  # noqa: PLW0603 - signals belong to the process
    _holds += more
    if _came and not _holds:
        number, _came = _came, 0
        raise Interrupted(number)


def _asked(number: int, _: FrameType | None) -> None:
    global _came  # noqa: PLW0603 - as above
    for other in ENDING:
        signal.signal(other, signal.SIG_IGN)  # a second one must not interrupt the cleaning up
    if _holds:
        _came = number
    else:
        raise Interrupted(number)


def _dropped(what: Any) -> None:
    global _came  # noqa: PLW0603 - as above
    if not isinstance(what.exc_value, Interrupted):
        _others(what)
        return
    _came = what.exc_value.exit_code - 128
    signal.signal(signal.SIGALRM, _again)
    signal.setitimer(signal.ITIMER_REAL, AGAIN)


def _again(_: int, __: FrameType | None) -> None:
    global _came
    number, _came = _came, 0
    if number:  # else it was raised already, at the end of a block that held it
        _asked(number, None)
