"""The server that these tests restore into."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from backuptool.embedded.postgresql import PostgreSQL
from backuptool.shells.local import Local
from backuptool.sources.server import Server
from backuptool.target import prepared
from tests.target.live import OTHERS

ROLES = ("app", "guest", "reader")


@pytest.fixture
def target(server: PostgreSQL) -> Iterator[Server]:
    """A server by its maintenance database, with some roles and the database `live`, which has data."""
    for role in ROLES:
        server.psql(f"create role {role} login")
    server.psql("create database live")
    server.psql("create table precious as select 42 as answer", "live")
    yield prepared(Server(Local(str(server.programs)), "broker", "postgres", str(server.socket)))
    for name in server.psql(OTHERS).replace('"', '""').splitlines():
        server.psql(f'alter database "{name}" is_template false; drop database "{name}" with (force)')
    for role in ROLES:
        server.psql(f"drop role {role}")
