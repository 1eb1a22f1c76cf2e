"""A signal at the n-th place of some files where Python runs a handler, wherever that is."""

from __future__ import annotations

import dis
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import cache
from itertools import pairwise
from types import CodeType, FrameType
from typing import Any

from backuptool.errors import Interrupted
from backuptool.interruption import ENDING, held, listen


class At:
    """Raises a signal at the n-th place in `files` where Python runs a handler; `reached` when there was one.

    That is after each call, at the beginning of a function and of each round of a loop (ceval.c: CHECK_EVAL_BREAKER),
    also in the middle of a line: between a lock that is taken and the `try` or `with` that gives it back. And at each
    line: Python 3.13 does not tell who traces of every instruction. But not where one begins with what makes an error
    the one that is handled, or no more: no signal comes there, and what is raised leaves it so, a context of all later.
    """

    def __init__(self, place: int, files: tuple[str, ...]) -> None:
        self.left, self.files, self.reached = place, files, False
        self.where = ""

    def __call__(self, frame: FrameType, event: str, _: Any) -> Any:
        if not frame.f_code.co_filename.endswith(self.files):
            return None
        frame.f_trace_opcodes = True
        begun = event == "line" and frame.f_lasti not in _handling(frame.f_code)
        if begun or (event == "opcode" and frame.f_lasti in _after_checks(frame.f_code)):
            self.left -= 1
            if self.left == 0:
                self.reached, self.where = True, f"{frame.f_code.co_filename}:{frame.f_lineno}"
                signal.raise_signal(signal.SIGTERM)
        return self


@cache
def _after_checks(code: CodeType) -> frozenset[int]:
    """Offsets of the instructions before which a handler may have run."""
    found, instructions = set(), list(dis.get_instructions(code))
    for one, following in pairwise(instructions):
        if one.opname.startswith(("CALL", "RESUME")):
            found.add(following.offset)
        elif one.opname == "JUMP_BACKWARD":
            found.add(one.argval)
    return frozenset(found)


@cache
def _handling(code: CodeType) -> frozenset[int]:
    """Offsets of the instructions that say which error is handled."""
    return frozenset(one.offset for one in dis.get_instructions(code) if one.opname in ("PUSH_EXC_INFO", "POP_EXCEPT"))


@contextmanager
def listening() -> Iterator[None]:
    """What listens to signals afterwards is what did before."""
    before = {number: signal.getsignal(number) for number in (*ENDING, signal.SIGALRM)}
    hook = sys.unraisablehook
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        sys.unraisablehook = hook
        for number, handler in before.items():
            signal.signal(number, handler)


def interrupted(work: Callable[[], None], line: int, files: tuple[str, ...]) -> bool:
    """Was there such a line? The tracing is this thread's only, and ends with the work."""
    for number in ENDING:
        signal.signal(number, signal.SIG_DFL)
    listen()
    at = At(line, files)
    with suppress(Interrupted):
        sys.settrace(at)
        try:
            _let_go(work)
        finally:
            sys.settrace(None)
        with held():  # at its end comes one that a finalizer has dropped, which else came 10 ms later, in the test
            pass
    return at.reached


def _let_go(work: Callable[[], None]) -> None:
    """Also the error's frames: a place may be in the finalizer of what only they hold."""
    with suppress(Interrupted, InterruptedError):
        work()
