"""A loaded database gets its name, whoever is in it: until then it is ours, and the load may have taken hours."""

from __future__ import annotations

import logging

from backuptool.errors import SourceError
from backuptool.sources.server import Server, sqlstate
from backuptool.sources.sql import literal
from backuptool.target.sessions import ending_sessions

log = logging.getLogger(__name__)
TRIES = 3  # of 5 s each
BUSY = ("55006", "55P03")  # SQLSTATE; sessions are in it, somebody copies or changes it


def rename(server: Server, new: str, sql: str) -> None:
    """Run `sql`, which renames the database `new`, and end the sessions in that. Raises SourceError."""
    ended = oids(server, new)
    for left in reversed(range(TRIES)):
        try:
            with ending_sessions(server, ended):
                server.query(sql)
        except SourceError as error:
            if not left or sqlstate(error) not in BUSY:
                raise
            log.info("the database %s is in use, trying again", new)
        else:
            return


def oids(server: Server, *databases: str) -> list[str]:
    """Of those that are there. Raises SourceError."""
    names = ", ".join(map(literal, databases))
    return [row[0] for row in server.query(f"select oid from pg_catalog.pg_database where datname in ({names})")]  # noqa: S608 - quoted
