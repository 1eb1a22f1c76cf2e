"""Which restores run, and what those left that were killed.

A restore has a number. It holds an advisory lock of that number for as long as it runs, from before its database is
made: the lock goes with its session, however it ends. Every session sees it in pg_locks, of whatever database.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

from backuptool.errors import SourceError
from backuptool.sources.server import Server
from backuptool.sources.session import session
from backuptool.sources.sql import identifier, literal
from backuptool.target.comments import ahead_of, commenting

log = logging.getLogger(__name__)
UNFINISHED = "backuptool_unfinished_"
# The end of the comment of a database that a restore closed, to look at it in peace. No setting: only a superuser may
# make one that the server does not know.
CLOSED_BY = "closed by backuptool "
OURS = 0x62757470  # the first half of the lock's number, `butp`: other programs have locks too
RUNNING = f"""
    select from pg_catalog.pg_locks
    where locktype = 'advisory' and objsubid = 2 and classid = {OURS}
    and objid::bigint = ('x' || number)::bit(32)::bigint
"""
LEFT = f"""
    select datname from (select datname, right(datname, 8) as number from pg_catalog.pg_database
        where datname ~ '^{UNFINISHED}[0-9a-f]{{8}}$') unfinished
    where not exists ({RUNNING})
"""  # noqa: S608 - constants
LEFT_CLOSED = f"""
    select datname from (select datname,
            split_part(pg_catalog.shobj_description(oid, 'pg_database'), '{CLOSED_BY}', 2) as number
        from pg_catalog.pg_database where not datallowconn and datname !~ '^{UNFINISHED}') closed
    where case when number ~ '^[0-9a-f]{{8}}$' then not exists ({RUNNING}) end
"""  # noqa: S608 - constants
SUBSCRIPTIONS = """
    select subname from pg_catalog.pg_subscription join pg_catalog.pg_database d on d.oid = subdbid
    where datname = {name} and not subenabled
"""


@contextmanager
def running(server: Server) -> Iterator[str]:
    """The number of a restore that runs until this block ends: 8 hexadecimal digits. Raises SourceError."""
    number = secrets.randbelow(1 << 31)  # the lock's half is a signed integer
    with session(server) as held:
        held.ask(f"select pg_catalog.pg_advisory_lock({OURS}, {number})")
        yield f"{number:08x}"


def clean_up(server: Server) -> None:
    """Drop and reopen what restores left that run no more. Raises SourceError; what cannot be done is a warning."""
    for (name,) in server.query(LEFT_CLOSED):
        if _done(partial(reopen, server, name), f"{name}, which a killed restore closed, cannot be opened"):
            log.warning("%s, which a killed restore had closed, is open again", name)
    for (name,) in server.query(LEFT):
        # Not by force: with a session in it, it may be somebody's after all.
        if _done(partial(drop, server, name, force=False), f"{name}, left by a killed restore, stays"):
            log.warning("dropped %s, which a killed restore left", name)


def _done(work: Callable[[], None], complaint: str) -> bool:
    try:
        work()
    except SourceError as error:
        log.warning("%s: %s", complaint, error.message)
        return False
    return True


def close(server: Server, name: str, number: str) -> None:
    """Let nobody new into the database `name`, which says from now on which restore closed it. Raises SourceError."""
    _change(server, name, f"pg_catalog.concat(now || E'\\n', '{CLOSED_BY}{number}')", allow="false")


def reopen(server: Server, name: str) -> None:
    """The opposite of `close`. Raises SourceError."""
    _change(server, name, ahead_of(CLOSED_BY), allow="true")


def _change(server: Server, name: str, comment: str, *, allow: str) -> None:
    said = commenting(name, comment, name)
    server.query(f"begin; {said}; alter database {identifier(name)} with allow_connections {allow}; commit")


def _drop_subscriptions(server: Server, name: str) -> None:
    """A database is not dropped that has any. A dump's are not enabled, and have no slot yet on the other server, which
    is not asked to drop any."""
    for (subscription,) in server.query(SUBSCRIPTIONS.format(name=literal(name))):
        called = identifier(subscription)
        server.on(name).query(f"alter subscription {called} set (slot_name = none); drop subscription {called}")


def drop(server: Server, name: str, *, force: bool) -> None:
    """Drop the database `name` if there is one; by `force`: end the sessions in it. Raises SourceError."""
    where = f"from pg_catalog.pg_database where datname = {literal(name)}"
    if not (found := server.query(f"select datistemplate, current_setting('server_version_num') {where}")):
        return
    template, version = found[0]
    if template == "t":
        server.query(f"alter database {identifier(name)} with is_template false")
    if force and int(version) < 130000:
        sessions = f"pg_catalog.pg_stat_activity where datname = {literal(name)}"
        server.query(f"select pg_catalog.pg_terminate_backend(pid) from {sessions}")  # noqa: S608 - quoted
    _drop_subscriptions(server, name)
    how = " with (force)" if force and int(version) >= 130000 else ""
    server.query(f"drop database if exists {identifier(name)}{how}")
