"""One embedded PostgreSQL for a test session, with a broker's database in it."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.resources import files

import pytest

from backuptool.embedded.postgresql import PostgreSQL, postgresql


@pytest.fixture(scope="session")
def server() -> Iterator[PostgreSQL]:
    """A running server with the database `broker`."""
    with postgresql() as running:
        running.psql((files("backuptool") / "data" / "broker.sql").read_text(encoding="utf-8"))
        yield running
