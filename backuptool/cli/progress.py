"""A line at the bottom of the terminal: what is going on, how far, how fast, for how long still.

Without escape sequences: it is overwritten with blanks, on whatever terminal, and leaves no colour to be switched off.
"""

from __future__ import annotations

import contextlib
import logging
import os
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from typing import TextIO

from backuptool.amounts import duration, size

_EVERY = 0.2  # s between two lines
_SAMPLES = 50  # lines over which the rate is taken: 10 s


def line(what: str, done: int, total: int | None, rate: float, width: int) -> str:
    """At most `width` columns: what fits, the most important first. `rate` in bytes a second, below 1 where unknown."""
    whole = total or 0
    parts = [what, f"{100 * min(done, whole) // whole:3} %" if whole else size(done)]
    if whole:
        parts.append(f"{size(done)} of {size(whole)}")
    if rate >= 1:
        parts.append(f"{size(int(rate))}/s")
        if whole:
            parts.append(f"{duration(max(0, whole - done) / rate)} left")
    while len(parts) > 2 and len("  ".join(parts)) > width:
        del parts[2 if whole and len(parts) > 3 else -1]
    room = width - len("  ".join(parts)) - len("  []")
    if whole and room >= 10:
        bar = min(room, 30)
        parts.insert(2, f"[{'#' * (bar * min(done, whole) // whole):{bar}}]")
    return "  ".join(parts)[:width]


class Bar:
    """Progress as a line on a terminal, for stages one after another."""

    def __init__(self, terminal: TextIO, clock: Callable[[], float] = time.monotonic) -> None:
        self._terminal = terminal
        self._clock = clock
        self._lock = threading.Lock()
        self._shown = 0  # columns that are in use
        self._what, self._done = "", 0
        self._total: int | None = None
        self._samples: deque[tuple[float, int]] = deque(maxlen=_SAMPLES)

    def begin(self, what: str, total: int | None) -> None:
        """Show a new stage."""
        with self._lock:
            self._what, self._done, self._total = what, 0, total
            self._samples.clear()
            self._draw(self._clock())

    def advance(self, count: int) -> None:
        """Show it, now or with what comes next."""
        with self._lock:
            self._done += count
            now = self._clock()
            if self._samples and now - self._samples[-1][0] >= _EVERY:
                self._draw(now)

    def end(self) -> None:
        """Leave nothing."""
        with self._lock:
            self._samples.clear()
            self._clear()

    @contextlib.contextmanager
    def aside(self) -> Iterator[None]:
        """Within this block the line is free for something else."""
        with self._lock:
            self._clear()
            yield

    def _draw(self, now: float) -> None:
        self._samples.append((now, self._done))
        since, before = self._samples[0]
        rate = (self._done - before) / (now - since) if now > since else 0
        text = line(self._what, self._done, self._total, rate, self._width())
        self._write(f"\r{text:{self._shown}}")
        self._shown = len(text)

    def _clear(self) -> None:
        if self._shown:
            self._write(f"\r{'':{self._shown}}\r")
        self._shown = 0

    def _width(self) -> int:
        """One column less than there are: some terminals begin a new line behind the last."""
        try:
            columns = os.get_terminal_size(self._terminal.fileno()).columns
        except (OSError, ValueError):
            columns = 0
        return (columns or 80) - 1

    def _write(self, text: str) -> None:
        with contextlib.suppress(OSError):  # the terminal is gone; the work goes on
            self._terminal.write(text)
            self._terminal.flush()


class Aside(logging.StreamHandler[TextIO]):
    """Log lines beside a bar: it makes room for each."""

    def __init__(self, terminal: TextIO, bar: Bar) -> None:
        super().__init__(terminal)
        self._bar = bar

    def emit(self, record: logging.LogRecord) -> None:
        """Write a whole line where the bar was."""
        with self._bar.aside():
            super().emit(record)
