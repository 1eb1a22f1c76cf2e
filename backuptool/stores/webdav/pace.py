"""Not more than so many bytes a second, however many connections share them."""

from __future__ import annotations

import math
import re
import threading
import time
from collections.abc import Callable, Iterator

# Seconds for which one piece waits: long against what a wait costs, short against every server's patience with silence.
_PIECE = 0.25
# Seconds' worth of bytes that may be made up for, after a time in which less was sent.
_BURST = 1.0
_UNITS = {"": 1, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30}
_LEAST = 1 << 10


class Pace:
    """A token bucket: `rate` bytes a second; infinite: no limit. Threads may share it."""

    def __init__(
        self,
        rate: float = math.inf,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], object] = time.sleep,
    ) -> None:
        self._rate = rate
        self._clock = clock
        self._sleep = sleep
        self._lock = threading.Lock()
        self._paid = clock()  # when everything that was taken will have had its time

    def piece(self, most: int) -> int:
        """How many bytes to move at a time, at most `most`."""
        return most if self._rate == math.inf else max(1, min(most, int(self._rate * _PIECE)))

    def take(self, count: int) -> None:
        """Wait until `count` more bytes may pass."""
        if self._rate == math.inf:
            return
        with self._lock:  # not while sleeping: the others reserve their time behind this one's meanwhile
            now = self._clock()
            self._paid = max(self._paid, now - _BURST) + count / self._rate
            wait = self._paid - now
        if wait > 0:
            self._sleep(wait)

    def pieces(self, block: bytes) -> Iterator[bytes]:
        """The bytes of `block`, each piece when it may pass."""
        size = self.piece(len(block))
        for start in range(0, len(block), size or 1):
            piece = block[start : start + size]
            self.take(len(piece))
            yield piece


def bytes_a_second(value: object) -> int:
    """The rate that `curl --limit-rate` would read: 512000, "500k", "2M", "1G". Raises ValueError."""
    match = re.fullmatch(r"([0-9]{1,15})([kmg]?)", str(value), re.IGNORECASE)
    if isinstance(value, bool) or match is None:
        raise ValueError('must be bytes a second: 512000, "500k" or "2M"')
    rate = int(match[1]) * _UNITS[match[2].lower()]
    if rate < _LEAST:
        raise ValueError('is less than 1 KiB a second; it counts bytes unless it says "500k" or "2M"')
    return rate
