"""A plan that is looked at, and what was learnt about it so far."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property

from backuptool.config import Plan
from backuptool.sources.server import Server

PATIENCE = 60.0  # s for a server that says nothing; somebody waits
ASKED = "select current_setting('server_version'), current_setting('server_version_num'),"
ASKED += " pg_catalog.pg_database_size(current_database())"


class Subject:
    """A plan, and what was learnt about it so far."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.size = 0  # bytes of the database, once it has told

    @cached_property
    def server(self) -> Server:
        """Where the database is. Raises SourceError."""
        return replace(self.plan.open_server(), stall=PATIENCE)

    @cached_property
    def version(self) -> tuple[str, int, int]:
        """The server's version, as text and as PostgreSQL numbers it; the database's size. Raises SourceError."""
        ((text, number, bytes_),) = self.server.query(ASKED)
        return text, int(number), int(bytes_)
