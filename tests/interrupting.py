"""A signal at the n-th line of some files, wherever that line is."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

from backuptool.errors import Interrupted
from backuptool.interruption import ENDING, held, listen


class At:
    """Raises a signal at the n-th line that is run of `files`; `reached` when there was one."""

    def __init__(self, line: int, files: tuple[str, ...]) -> None:
        self.left, self.files, self.reached = line, files, False

    def __call__(self, frame: FrameType, event: str, _: Any) -> Any:
        if not frame.f_code.co_filename.endswith(self.files):
            return None
        if event == "line":
            self.left -= 1
            if self.left == 0:
                self.reached = True
                signal.raise_signal(signal.SIGTERM)
        return self


@contextmanager
def listening() -> Iterator[None]:
    """What listens to signals afterwards is what did before."""
    before = {number: signal.getsignal(number) for number in (*ENDING, signal.SIGALRM)}
    hook = sys.unraisablehook
    try:
        yield
    finally:
        sys.unraisablehook = hook
        for number, handler in before.items():
            signal.signal(number, handler)


def interrupted(work: Callable[[], None], line: int, files: tuple[str, ...]) -> bool:
    """Was there such a line? The tracing is this thread's only, and ends with the work."""
    for number in ENDING:
        signal.signal(number, signal.SIG_DFL)
    listen()
    at = At(line, files)
    sys.settrace(at)
    try:
        try:
            work()
        finally:
            with held():  # at its end comes one that a finalizer has dropped, which else came 10 ms later, in the test
                pass
    except (Interrupted, InterruptedError):
        pass
    finally:
        sys.settrace(None)
    return at.reached
