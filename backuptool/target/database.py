"""The new database: made under a name of its own, swapped in at the end, gone when anything fails."""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from backuptool.errors import BackuptoolError, SourceError, UsageError
from backuptool.sources.server import Server
from backuptool.sources.session import Session, session
from backuptool.sources.sql import identifier, literal
from backuptool.target.connection import MAINTENANCE
from backuptool.target.emptiness import OBJECTS, beside, refuse_unless_empty
from backuptool.target.naming import rename
from backuptool.target.obstacles import refuse_unless_replaceable
from backuptool.target.replaced import tell_replaced
from backuptool.target.running import UNFINISHED, clean_up, close, drop, reopen, running
from backuptool.target.sessions import refuse_while_connected
from backuptool.target.swap import Replacing, rehearse, swap

log = logging.getLogger(__name__)
REPLACED = "backuptool_replaced_"  # inside one transaction only
LINE_END = re.compile(r"[\r\n]")  # pg_dump -C and pg_upgrade refuse such a name: it could not be backed up
PATIENCE = 5  # s that sessions in a database get to end, as DROP DATABASE gives them
OTHERS = """
    select count(*) from pg_catalog.pg_stat_activity
    where datname = current_database() and pid <> pg_backend_pid() and backend_type <> 'autovacuum worker'
"""


@contextmanager
def new_database(server: Server, name: str, replacing: Replacing | None = None) -> Iterator[str]:
    """A name for a database that the block makes; it becomes `name` when all goes well, and is gone when not.

    An empty database `name` is replaced, one with anything in it is refused: before the block, and again after it.
    `replacing`: whatever is in it, it is kept under another name. What earlier restores left that were killed is
    cleaned up first, and what they replaced is told. Raises UsageError, SourceError.
    """
    _refuse_unless_usable(name)
    clean_up(server)
    tell_replaced(server, name)
    there = _exists(server, name)
    if there and replacing:
        refuse_unless_replaceable(server, name)
        rehearse(server, name)
        refuse_while_connected(server, name, force=replacing.force, patience=PATIENCE)
    elif there:
        _refuse_unless_free(server, name)
    with running(server) as number, _dropped_at_the_end(server, f"{UNFINISHED}{number}") as new:
        yield new
        if not (there and _exists(server, name)):
            rename(server, new, f"alter database {identifier(new)} rename to {identifier(name)}")
        elif replacing:
            swap(server, new, name, replacing)
        else:
            _swap(server, new, name, number)


def _refuse_unless_usable(name: str) -> None:
    try:
        size = len(name.encode())
    except UnicodeEncodeError:  # bytes of the command line that are no UTF-8
        size = 0
    if not 0 < size <= 63 or LINE_END.search(name):
        raise UsageError(f"{name!r} is no database name: 1 to 63 bytes of UTF-8, on one line", hint="--into NAME")
    if name in (*MAINTENANCE, "template0") or re.match(UNFINISHED, name):
        raise UsageError(f"the database {name} has another purpose", hint="name a new database: --into NAME")


def _exists(server: Server, name: str) -> bool:
    return bool(server.query(f"select 1 from pg_catalog.pg_database where datname = {literal(name)}"))  # noqa: S608


def _refuse_unless_free(server: Server, name: str) -> None:
    with session(server.on(name)) as inside:
        refuse_unless_empty(name, inside.ask(OBJECTS))
        _refuse_while_used(inside, name)


def _refuse_while_used(inside: Session, name: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while (others := inside.ask(OTHERS)[0][0]) != "0":
        if time.monotonic() > deadline:
            raise UsageError(
                f"the database {name} is in use (sessions: {others}): it cannot be replaced",
                hint=f"end what uses it, or restore into a new one: {beside(name)}",
            )
        time.sleep(0.1)


@contextmanager
def _dropped_at_the_end(server: Server, new: str) -> Iterator[str]:
    """What has the name `new` when the block ends is dropped: the failed one, or the empty one after the swap."""
    try:
        yield new
    finally:
        try:
            drop(server, new, force=True)
        except BackuptoolError as error:  # whatever ended the block matters more
            log.warning("the database %s could not be dropped, the next restore tries: %s", new, error.message)


def _swap(server: Server, new: str, name: str, number: str) -> None:
    """Let `new` and the empty database `name` swap names; with data in it by now it stays. Raises UsageError."""
    with ExitStack() as looking:
        inside = looking.enter_context(session(server.on(name)))
        inside.ask("select 1")  # it is in, before nobody gets in
        with _closed(server, name, number):
            _refuse_while_used(inside, name)
            refuse_unless_empty(name, inside.ask(OBJECTS))
            looking.close()  # a database that is used has its name for good
            moves = ((name, f"{REPLACED}{number}"), (new, name), (f"{REPLACED}{number}", new))
            renames = (f"alter database {identifier(old)} rename to {identifier(to)};" for old, to in moves)
            rename(server, new, f"begin; {' '.join(renames)} commit")


@contextmanager
def _closed(server: Server, name: str, number: str) -> Iterator[None]:
    """Nobody new gets into the database `name`; when the block fails, it is as it was."""
    try:
        close(server, name, number)
        yield
    except BaseException:
        try:
            reopen(server, name)
        except SourceError as error:
            log.warning("the database %s could not be opened again, the next restore tries: %s", name, error.message)
        raise
