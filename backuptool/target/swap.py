"""A new database takes the place of one that has data: both names change in one transaction, or none.

ALTER DATABASE … RENAME locks the database first and then waits 5 s for its sessions to end: nobody new gets in
meanwhile, so ending the sessions from another one, while the first waits, is enough (0.13 s under six clients that
connect again and again). Whatever is killed when, the server commits all of it or nothing.
"""

from __future__ import annotations

import logging
import os
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from backuptool.errors import SourceError, UsageError
from backuptool.sources.server import Server, sqlstate
from backuptool.sources.sql import identifier
from backuptool.target.naming import BUSY, TRIES, oids
from backuptool.target.obstacles import refuse_unless_replaceable
from backuptool.target.properties import changes, properties
from backuptool.target.replaced import dropping, free_name, marking
from backuptool.target.sessions import ending_sessions, refuse_while_connected

log = logging.getLogger(__name__)
SHORT_LOCK_TIMEOUT = "500ms"
LOCK_TIMEOUT = "5s"  # whoever connects waits for as long as we do


@dataclass(frozen=True, slots=True)
class Replacing:
    """A restore that may replace a database with data; by `force`: sessions in it are ended."""

    force: bool = False


def swap(server: Server, new: str, name: str, replacing: Replacing) -> None:
    """`new` becomes `name` with the properties that `name` has; what was `name` stays, closed, under a dated name.

    Raises UsageError when it cannot be, SourceError; then nothing was changed.
    """
    refuse_unless_replaceable(server, name)
    kept = free_name(server, name, datetime.now(UTC))
    statements = transaction(server, new, name, kept)
    ended = oids(server, new, *([name] if replacing.force else []))
    (made,) = oids(server, new)
    for left in reversed(range(TRIES)):
        if _done(server, statements, ended, (name, made)):
            text = "what was %s until now is kept as %s; to drop it: restore %s"
            log.warning(text, name, kept, dropping(kept))
            return
        refuse_while_connected(server, name, force=replacing.force)
        if left:
            log.info("the database %s is in use, trying again", name)
    raise UsageError(
        f"the database {name} could not be had alone in {TRIES} tries; nothing was changed",
        hint="stop what connects to it again and again, or copies it, and restore again",
    )


def rehearse(server: Server, name: str) -> None:
    """Give the database `name` what it has, as the swap will give it to the new one, and take that back.

    Raises SourceError where this user may not: after the load it would be too late.
    """
    live = properties(server, name)
    bare = replace(live, owner="", settings={}, grants=())
    tried = ["begin", f"set local lock_timeout = '{SHORT_LOCK_TIMEOUT}'", *changes(name, bare, live, name), "rollback"]
    try:
        _send(server, tried)
    except SourceError as error:
        if sqlstate(error) not in BUSY:  # whoever has it locked now may be gone when it counts
            raise


def transaction(server: Server, new: str, name: str, kept: str) -> list[str]:
    """The statements of the swap. Raises SourceError."""
    live, loaded = properties(server, name), properties(server, new)
    moved = list(changes(new, loaded, live, name))
    if live.tablespace != loaded.tablespace:
        text = "%s was in the tablespace %s, and is in %s now; ALTER DATABASE … SET TABLESPACE moves it"
        log.warning(text, name, live.tablespace, loaded.tablespace)
    if moved:
        log.warning("%s keeps the owner, settings, grants, limit and comment it has; the backup has others", name)
    return [
        "begin",
        f"set local lock_timeout = '{LOCK_TIMEOUT}'",
        *moved,
        f"alter database {identifier(name)} rename to {identifier(kept)}",
        marking(kept, name),
        f"alter database {identifier(kept)} with allow_connections false",
        f"alter database {identifier(new)} rename to {identifier(name)}",
        "commit",
    ]


def _done(server: Server, statements: list[str], ended: list[str], after: tuple[str, str]) -> bool:
    """Whether it went through: then the name is that of the database with the oid in `after`. False when somebody was
    in the way, and nothing was changed."""
    try:
        with ending_sessions(server, ended):
            _send(server, statements)
    except SourceError as error:
        name, made = after
        if oids(server, name) == [made]:  # psql ended, or the connection, after it was committed
            return True
        if sqlstate(error) not in BUSY:
            raise
        return False
    return True


def _send(server: Server, statements: list[str]) -> None:
    """By psql's input: a setting may be a secret, and arguments are seen by everybody. Raises SourceError."""
    server.execute([os.fsencode("".join(f"{statement};\n" for statement in statements))])
