"""The end of a process, awaited so that a signal may be raised at any moment."""

from __future__ import annotations

import time
from typing import Any

from backuptool.interruption import held

PAUSES = (0.0005, 0.05)  # s, the first and the longest, as subprocess has them


def ended(process: Any, limit: float) -> int | None:
    """The exit code of a subprocess.Popen; None when it still runs after `limit` seconds.

    In place of `Popen.wait(timeout)`: that takes a lock and only then enters the `try` that gives it back. A handler
    that raises between the two leaves it taken for ever, and whoever then cleans up with `kill` and `wait` waits for
    himself (python/cpython, Lib/subprocess.py, `_wait`; tests/test_ended.py shows it).
    """
    end, pause = time.monotonic() + limit, PAUSES[0]
    while True:
        with held():
            code = process.poll()
        if code is not None:
            return int(code)
        left = end - time.monotonic()
        if left <= 0:
            return None
        time.sleep(min(pause, left))
        pause = min(pause * 2, PAUSES[1])
