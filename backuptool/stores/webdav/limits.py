"""How long and how often a WebDAV request may try."""

from __future__ import annotations

import math
import threading
import time
from dataclasses import dataclass, replace
from typing import Self

from backuptool.errors import StoreError

_GIB = 1 << 30
_SLOW = "the connection is too slow, or the server hangs"


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds, unless said otherwise; the defaults were measured on six servers."""

    connect: float = 10
    metadata: float = 60
    # One block (256 KiB) of a body, either way; urllib3 counts sending against its connect timeout.
    stall: float = 60
    # After the header of a PUT that asks before it sends: nginx and Apache answer it at once, others wait for the body.
    early: float = 2
    # After the last byte of a PUT: servers hash, scan and copy before they answer.
    answer: float = 300
    # MOVE copies everything on some servers.
    move: float = 600
    move_per_gib: float = 180
    attempts: int = 6
    # For what rarely passes: 423, 500, a nonce that went stale again.
    few_attempts: int = 3
    # For a server that is not there at all (refused, no route, no DNS, no answer to a connect), in place of attempts:
    # a router or a proxy that restarts is back within minutes. A listing is what somebody waits for.
    patience: float = 600
    listing_patience: float = 120
    wait: float = 1
    longest_wait: float = 60
    longest_retry_after: float = 300
    # To remove what is not finished: who interrupted the run waits for it, systemd for 90 s. What stays goes next time.
    cleaning: float = 30
    # The whole of one put where the caller gives it no seconds: a backup gives it its share of the plan's time_limit.
    total: float = 23 * 3600
    hint: str = f"{_SLOW}; raise the plan's time_limit if this is usual"
    # The whole of what is only asked, a list, a check, a delete, besides the time for which the server may be away; and
    # each MiB of a download, which has no limit as a whole: over a slow line a restore is waited for.
    asking: float = 1800
    by_block: bool = False
    # Bytes of a chunk where the server names no size: Nextcloud's own default.
    chunk: int = 100 << 20
    # Bytes of a chunk but the last: 5 MiB is the least that S3 takes as a part, and Nextcloud may keep files there.
    smallest_chunk: int = 5 << 20
    # Bytes a second of a put, sent and read back, over all its connections.
    rate: float = math.inf
    # Bytes of a listing: about 20,000 files.
    listing: int = 16 << 20

    @classmethod
    def waiting(cls, seconds: float) -> Self:
        """The usual limits, but a server may be away for so long; a listing never waits longer than it usually does."""
        return cls(patience=seconds, listing_patience=min(seconds, cls().listing_patience))

    def for_asking(self, patience: float) -> Self:
        """These for what sends and reads no file, of a server that may be away for `patience`."""
        return replace(self, patience=patience, total=self.asking + patience, hint=_SLOW)

    def for_reading(self) -> Self:
        """These for a download: as for asking, for each block anew."""
        return replace(self.for_asking(self.patience), by_block=True)

    def for_move(self, size: int) -> float:
        """How long a MOVE of `size` bytes may take."""
        return max(self.move, self.move_per_gib * size / _GIB)


class Deadline:
    """The end of one operation: in so many seconds, or at an `end` of time.monotonic()."""

    def __init__(self, seconds: float, what: str, end: float | None = None, hint: str = _SLOW) -> None:
        self._seconds = seconds
        self._what = what
        self._hint = hint
        self._end = time.monotonic() + seconds if end is None else end
        self._cancelled = threading.Event()

    def twin(self) -> Deadline:
        """The same end for another thread, which is cancelled alone."""
        return Deadline(self._seconds, self._what, self._end, self._hint)

    def renew(self) -> None:
        """Begin anew."""
        self._end = time.monotonic() + self._seconds

    def cancel(self) -> None:
        """Let what another thread does end: at its next block, at once when it waits for its next attempt."""
        self._cancelled.set()

    def wait(self, seconds: float) -> None:
        """Sleep, unless it is cancelled."""
        self._cancelled.wait(seconds)

    @property
    def left(self) -> float:
        """Seconds left; 0 when there are none."""
        return max(0.0, self._end - time.monotonic())

    def remaining(self) -> float:
        """Seconds left. Raises StoreError when there are none, or when it was cancelled."""
        if self._cancelled.is_set():
            raise StoreError(f"{self._what} was cancelled")
        left = self.left
        if not left:
            raise StoreError(f"{self._what} was not done within {self._seconds:g} s", hint=self._hint)
        return left
