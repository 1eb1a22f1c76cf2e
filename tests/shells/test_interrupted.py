"""A signal at any line of starting, reading, feeding and ending a program: it ends, nothing runs on, nothing waits."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from backuptool.errors import Interrupted
from backuptool.interruption import ENDING, held, listen
from backuptool.shells.guard import MARK
from backuptool.shells.local import Local
from backuptool.shells.stream import feed, output, read

# Where a signal used to be worst: a thread that is started waits for it, so a handler runs there most often.
FILES = ("backuptool/shells/running.py", "backuptool/shells/stream.py", "backuptool/shells/guard.py", "/threading.py")
# The rest of the standard library is left out: its lines within `held` are many, and all alike.
STEP = 1 if os.environ.get("BACKUPTOOL_CAMPAIGN") else 5  # 95 s, or 30
PRINTS = "head -c 200000 /dev/zero; exec sleep 600"
TAKES = "head -c 1 > /dev/null; exec sleep 600"


def reading() -> None:
    with closing(read(Local().command("sh", "-c", PRINTS))) as chunks:
        next(chunks)


def feeding() -> None:
    def chunks() -> Iterator[bytes]:
        yield b"x"
        raise InterruptedError("the one who gives has had enough")

    feed(Local().command("sh", "-c", TAKES), chunks())


def finishing() -> None:
    assert output(Local().command("sh", "-c", "echo done")) == b"done\n"


class At:
    """Raises a signal at the n-th line that is run of `FILES`; `reached` when there was one."""

    def __init__(self, line: int) -> None:
        self.left, self.reached = line, False

    def __call__(self, frame: FrameType, event: str, _: Any) -> Any:
        if not frame.f_code.co_filename.endswith(FILES):
            return None
        if event == "line":
            self.left -= 1
            if self.left == 0:
                self.reached = True
                signal.raise_signal(signal.SIGTERM)
        return self


@pytest.fixture
def _listening() -> Iterator[None]:
    before = {number: signal.getsignal(number) for number in (*ENDING, signal.SIGALRM)}
    hook = sys.unraisablehook
    yield
    sys.unraisablehook = hook
    for number, handler in before.items():
        signal.signal(number, handler)


def interrupted(work: Callable[[], None], line: int) -> bool:
    """Was there such a line? The tracing is this thread's only, and ends with the work."""
    for number in ENDING:
        signal.signal(number, signal.SIG_DFL)
    listen()
    at = At(line)
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


def running() -> list[int]:
    """What a command of ours started, other processes of this machine not."""
    mark = f"{MARK}=".encode()
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if mark in (folder / "environ").read_bytes() and os.getsid(int(folder.name)) == os.getsid(0):
                found.append(int(folder.name))
        except OSError:  # it has ended meanwhile, or is another user's
            continue
    return found


@pytest.mark.usefixtures("_listening")
@pytest.mark.parametrize(("work", "step"), [(reading, STEP), (feeding, STEP), (finishing, 1)])
def test_a_signal_at_any_line_ends_it_and_leaves_nothing(work: Callable[[], None], step: int) -> None:
    threads, line = threading.active_count(), 1
    while interrupted(work, line):
        deadline = time.monotonic() + 20
        while (left := running()) or threading.active_count() > threads:
            assert time.monotonic() < deadline, f"line {line}: {left} run on, {threading.enumerate()}"
            time.sleep(0.01)
        line += step
    assert line > 50
