"""Trying again: only what may pass, ever more slowly, never past the end."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TypeVar

import tenacity

from backuptool.stores.webdav.limits import Deadline, Limits
from backuptool.stores.webdav.status import Transient

T = TypeVar("T")

_log = logging.getLogger(__name__)


def patiently(attempt: Callable[[], T], limits: Limits, deadline: Deadline) -> T:
    """What `attempt` returns, tried again while it raises Transient. Raises StoreError: the last one."""
    backoff = tenacity.wait_random_exponential(multiplier=limits.wait, max=limits.longest_wait)

    def stop(state: tenacity.RetryCallState) -> bool:
        failure = _failure(state)
        if failure.until is not None:
            return (state.seconds_since_start or 0) >= failure.until
        return state.attempt_number >= (limits.few_attempts if failure.few else limits.attempts)

    def wait(state: tenacity.RetryCallState) -> float:
        return min(max(backoff(state), _failure(state).retry_after), deadline.remaining())

    retrying = tenacity.Retrying(
        retry=tenacity.retry_if_exception_type(Transient),
        stop=stop,
        wait=wait,
        before_sleep=_say,
        reraise=True,
    )
    return retrying(attempt)


def _failure(state: tenacity.RetryCallState) -> Transient:
    failure = state.outcome.exception() if state.outcome else None
    if not isinstance(failure, Transient):
        raise TypeError("only Transient is retried") from failure
    return failure


def _say(state: tenacity.RetryCallState) -> None:
    _log.warning("%s; trying again in %.0f s", _failure(state), state.upcoming_sleep)
