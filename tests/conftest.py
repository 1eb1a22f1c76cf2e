"""One embedded PostgreSQL for a test session, with a broker's database in it."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from importlib.resources import files

import pytest
from hypothesis import HealthCheck, settings

from backuptool.embedded.postgresql import PostgreSQL, postgresql
from tests.programs import needed

EVERYTHING = """
    select string_agg(name, ' ' order by name) from (
        select 'the database ' || datname from pg_database union select 'the role ' || rolname from pg_roles
    ) made (name) where name !~ ' (pg_.*|postgres|template[01])$'
"""


# An example may take as long as it does, and so may what it is made of: hypothesis' own 200 ms, and 30 s for the first
# ten, are passed wherever a busy machine stands still.
settings.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any machine")


def pytest_configure() -> None:
    """As a terminal starts it.

    Who starts this with `&` or nohup lets it ignore signals, and so would every program that a test interrupts. A git
    hook's environment names its repository, and what a test commits would go into that.
    """
    for number, handler in ((signal.SIGINT, signal.default_int_handler), (signal.SIGHUP, signal.SIG_DFL)):
        if signal.getsignal(number) == signal.SIG_IGN:
            signal.signal(number, handler)
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        del os.environ[name]


def pytest_runtest_setup(item: pytest.Item) -> None:
    """`needs`: before any fixture of the test is made."""
    for mark in item.iter_markers("needs"):
        needed(*mark.args)


@pytest.fixture(scope="session")
def server() -> Iterator[PostgreSQL]:
    """A running server with the database `broker`, of which every tenth row is enough here: 300,000 took each dump 3 s
    and each drill 15 s. The compose suite has all of them. What tests leave in it fails the last one."""
    with postgresql() as running:
        sql = (files("backuptool") / "data" / "broker.sql").read_text(encoding="utf-8")
        for rows in ("120000", "150000", "50000"):
            assert rows in sql
            sql = sql.replace(rows, rows[:-1])
        running.psql(sql)
        before = running.psql(EVERYTHING)
        yield running
        left = running.psql(EVERYTHING)
        assert left == before, f"where there was {before}, tests left {left}"
