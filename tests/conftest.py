"""One embedded PostgreSQL for a test session, with a broker's database in it."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from importlib.resources import files

import pytest

from backuptool.embedded.postgresql import PostgreSQL, postgresql


def pytest_configure() -> None:
    """Who starts this with `&` or nohup lets it ignore signals, and so would every program that a test interrupts."""
    for number, handler in ((signal.SIGINT, signal.default_int_handler), (signal.SIGHUP, signal.SIG_DFL)):
        if signal.getsignal(number) == signal.SIG_IGN:
            signal.signal(number, handler)


@pytest.fixture(scope="session")
def server() -> Iterator[PostgreSQL]:
    """A running server with the database `broker`."""
    with postgresql() as running:
        running.psql((files("backuptool") / "data" / "broker.sql").read_text(encoding="utf-8"))
        yield running
