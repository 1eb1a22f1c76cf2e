"""`--at` is a time of this host unless it says another: who restores on the day of an accident types what the clock
on the wall had."""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from backuptool.cli.selection import before


@pytest.fixture(autouse=True)
def in_berlin(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with monkeypatch.context() as changed:
        changed.setenv("TZ", "Europe/Berlin")
        time.tzset()
        yield
    time.tzset()


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("2026-11-23", "2026-11-22T23:00:00"),  # the day's first moment
        ("2026-11-23 04:00", "2026-11-23T03:00:00"),
        ("2026-07-23 04:00", "2026-07-23T02:00:00"),  # as clocks were then
        ("2026-11-23T04:00Z", "2026-11-23T04:00:00"),
        ("2026-11-23T04:00:00+00:00", "2026-11-23T04:00:00"),
        ("2026-11-23T04:00-05:00", "2026-11-23T09:00:00"),
    ],
)
def test_it_is_this_hosts_time_unless_it_says_another(given: str, meant: str) -> None:
    at = before(argparse.Namespace(at=given, file=None), "latest")
    assert at == datetime.fromisoformat(meant).replace(tzinfo=UTC)
    assert at.tzinfo is not None
