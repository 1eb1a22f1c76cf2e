"""Who is connected to a database, and how their sessions are ended."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread

from backuptool.errors import SourceError, UsageError
from backuptool.interruption import held, released
from backuptool.sources.server import Server
from backuptool.sources.session import Session, session
from backuptool.sources.sql import literal

AGAIN = 0.05  # s
log = logging.getLogger(__name__)
# Whom pg_terminate_backend lets us end (pg_signal_backend in signalfuncs.c); without a role it is the server's own.
OURS_TO_END = """
    (me.rolsuper or not coalesce(role.rolsuper, true) and (pg_catalog.pg_has_role(usesysid, 'usage')
        or pg_catalog.pg_has_role('pg_signal_backend', 'usage')))
"""
IN_IT = """
    from pg_catalog.pg_stat_activity left join pg_catalog.pg_roles role on role.oid = usesysid
        join pg_catalog.pg_roles me on me.rolname = current_user
    where {which} and pid <> pg_catalog.pg_backend_pid() and backend_type is distinct from 'autovacuum worker'
"""
# Other users' addresses are hidden from who is no superuser, and a client on the server's socket has none.
WHO = f"""
    select coalesce(usename, backend_type, '?'), coalesce(application_name, ''),
        case client_port when -1 then 'its socket' else coalesce(pg_catalog.host(client_addr), '?') end,
        {OURS_TO_END}, count(*)
    {IN_IT} group by 1, 2, 3, 4 order by 5 desc, 1, 2, 3
"""
END = f"select pg_catalog.pg_terminate_backend(pid) {IN_IT} and {OURS_TO_END}"
SHOWN = 3  # groups of sessions in an error


def refuse_while_connected(server: Server, name: str, *, force: bool, patience: float = 0.0) -> None:
    """Raises UsageError when there are sessions in the database `name`; by `force`: such as cannot be ended.

    They have `patience` seconds to end by themselves.
    """
    deadline = time.monotonic() + patience
    while staying := _staying(server, name, force=force):
        if time.monotonic() > deadline:
            raise _in_use(name, staying, force=force)
        time.sleep(AGAIN)


def _staying(server: Server, name: str, *, force: bool) -> list[list[str]]:
    who = server.query(WHO.format(which=f"datname = {literal(name)}"))
    return [row for row in who if not (force and row[3] == "t")]


def _in_use(name: str, staying: list[list[str]], *, force: bool) -> UsageError:
    count = sum(int(row[4]) for row in staying)
    named = [f"{row[4]} of {row[0]}{f' ({row[1]})' if row[1] else ''} from {row[2]}" for row in staying]
    more = [f"{len(named) - SHOWN} more kinds"] if len(named) > SHOWN else []
    told = f"{count} {'session' if count == 1 else 'sessions'}: {', '.join([*named[:SHOWN], *more])}"
    if force:
        return UsageError(
            f"the database {name} has sessions that this user may not end, {told}",
            hint="end them, or restore as a superuser or a member of pg_signal_backend",
        )
    return UsageError(
        f"the database {name} is in use, {told}; nothing was changed",
        hint="end what uses it, or let the restore end its sessions: --force-disconnect",
    )


@contextmanager
def ending_sessions(server: Server, databases: list[str]) -> Iterator[None]:
    """While this block runs, sessions in the databases with these oids are ended, as they come. Raises SourceError.

    By oid: the name is soon another database's.
    """
    sql = END.format(which=f"datid in ({', '.join(databases)})")
    done = Event()
    with session(server) as other, held():
        thread = Thread(target=_end, args=(other, sql, done), daemon=True)
        thread.start()
        try:
            with released():
                yield
        finally:
            done.set()
            thread.join()


def _end(other: Session, sql: str, done: Event) -> None:
    try:
        while not done.wait(AGAIN):
            other.ask(sql)
    except SourceError as error:  # what that leads to is said by who waits for it
        log.debug("sessions cannot be ended: %s", error.message)
