"""Trying again: only what may pass, ever more slowly, never past the end."""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

import tenacity

from backuptool.errors import Interrupted, StoreError
from backuptool.stores.webdav.limits import Deadline, Limits
from backuptool.stores.webdav.status import Transient

T = TypeVar("T")

_log = logging.getLogger(__name__)


def patiently(attempt: Callable[[], T], limits: Limits, deadline: Deadline, patience: float) -> T:
    """What `attempt` returns, tried again while it raises Transient. Raises StoreError: the last one.

    `patience`: seconds for which a server may be away at a stretch; what raises that is no Transient any more, so that
    nobody around this waits for the same server again.
    """
    backoff = tenacity.wait_random_exponential(multiplier=limits.wait, max=limits.longest_wait)

    def wait(state: tenacity.RetryCallState) -> float:
        return min(max(backoff(state), _failure(state).retry_after), deadline.remaining())

    stop = _Stop(limits, patience)
    retrying = tenacity.Retrying(
        retry=tenacity.retry_if_exception_type(Transient),
        stop=stop,
        wait=wait,
        sleep=deadline.wait,
        before_sleep=_say,
        reraise=True,
    )
    try:
        return retrying(attempt)
    except Transient as failure:
        if failure.away:
            raise StoreError(failure.message, hint=failure.hint) from failure
        raise
    except Interrupted as signalled:
        signalled.met = signalled.met or stop.last
        raise


@contextmanager
def tried_enough() -> Iterator[None]:
    """What raises Transient in this block is no Transient any more, so that nobody around it begins again for that."""
    try:
        yield
    except Transient as failure:
        raise StoreError(failure.message, hint=failure.hint) from failure


class _Stop:
    """Decides after each failure whether it was the last; failures to connect count in seconds, others in attempts."""

    def __init__(self, limits: Limits, patience: float) -> None:
        self._limits = limits
        self._patience = patience
        self._attempts = 0
        self._away_since: float | None = None
        self.last: Transient | None = None

    def __call__(self, state: tenacity.RetryCallState) -> bool:
        self.last = failure = _failure(state)
        now = time.monotonic()
        if failure.away:
            self._away_since = now if self._away_since is None else self._away_since
            return now - self._away_since >= self._patience
        self._away_since = None
        if failure.until is not None:
            return (state.seconds_since_start or 0) >= failure.until
        self._attempts += 1
        return self._attempts >= (self._limits.few_attempts if failure.few else self._limits.attempts)


def _failure(state: tenacity.RetryCallState) -> Transient:
    failure = state.outcome.exception() if state.outcome else None
    if not isinstance(failure, Transient):
        raise TypeError("only Transient is retried") from failure
    return failure


def _say(state: tenacity.RetryCallState) -> None:
    _log.warning("%s; trying again in %d s", _failure(state), math.ceil(state.upcoming_sleep))
