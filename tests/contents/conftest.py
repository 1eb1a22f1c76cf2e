"""Real servers, 16 and 18, with the broker's database and two that are made to mislead."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

import pytest

from backuptool.embedded.postgresql import PostgreSQL, postgresql

HOSTILE = Path(__file__).with_name("hostile.sql").read_text(encoding="utf-8")


@pytest.fixture(scope="module", params=[16, 18])
def either(request: pytest.FixtureRequest) -> Iterator[PostgreSQL]:
    """A running server with the databases `broker`, `hostile` and `backslashes`."""
    if request.param == 18:
        running: PostgreSQL = request.getfixturevalue("server")
        running.psql(HOSTILE)
        yield running
        running.psql("drop database hostile; drop database backslashes;")
        return
    with postgresql(request.param) as running:
        running.psql((files("backuptool") / "data" / "broker.sql").read_text(encoding="utf-8"))
        running.psql(HOSTILE)
        yield running
