"""How far the work is. Whoever does it reports, whoever shows it listens; by default nobody does.

As with logging, who reports does not know who listens: neither plans nor stores have to pass anything on. A stage that
went well is a line of the log, with how much it was and how long it took.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import closing, contextmanager
from contextvars import ContextVar
from typing import Protocol

from backuptool.amounts import size, took

log = logging.getLogger(__name__)
DONE = {  # what a stage is called when it is over
    "dumping": "dumped",
    "copying": "copied",
    "uploading": "uploaded",
    "verifying": "verified",
    "fetching": "fetched",
}
Advance = Callable[[int], None]  # bytes more; negative: so many have to be moved again


class Progress(Protocol):
    """Shows one stage after another."""

    def begin(self, what: str, total: int | None) -> None:
        """A stage begins, such as "uploading"; `total`: its bytes, None where nobody knows."""

    def advance(self, count: int) -> None:
        """So many bytes more, from any thread; negative: so many have to be moved again."""

    def end(self) -> None:
        """The stage is over, well or badly."""


class _Nobody:
    def begin(self, what: str, total: int | None) -> None:
        pass

    def advance(self, count: int) -> None:
        pass

    def end(self) -> None:
        pass


_NOBODY = _Nobody()
_listener: ContextVar[Progress] = ContextVar("progress", default=_NOBODY)


@contextmanager
def shown_by(progress: Progress) -> Iterator[None]:
    """All stages within this block are shown by `progress`."""
    token = _listener.set(progress)
    try:
        yield
    finally:
        _listener.reset(token)


class _Passed:
    """How many bytes went on to the listener, from all threads."""

    def __init__(self, progress: Progress) -> None:
        self._progress, self._lock, self.count = progress, threading.Lock(), 0

    def advance(self, count: int) -> None:
        with self._lock:
            self.count += count
        self._progress.advance(count)


@contextmanager
def stage(what: str, total: int | None = None) -> Iterator[Advance]:
    """One stage, whose bytes are reported to what this yields, from any thread: a new thread has no listener itself."""
    progress, begin = _listener.get(), time.monotonic()
    passed = _Passed(progress)
    progress.begin(what, total)
    try:
        yield passed.advance
    finally:
        progress.end()
    log.info("%s %s in %s", DONE.get(what, what), size(passed.count), took(time.monotonic() - begin))


def watched(chunks: Generator[bytes, None, None], what: str) -> Generator[bytes, None, None]:
    """The same chunks, as a stage; closes them."""
    with closing(chunks), stage(what) as advance:
        for chunk in chunks:
            yield chunk
            advance(len(chunk))
