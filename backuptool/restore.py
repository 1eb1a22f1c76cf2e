"""store ─► bundle ─► decrypt ─► expand ─► psql: the pipeline backwards, into a new database.

The database gets its name at the end: until then it has one of its own, so nothing half-done is ever seen under NAME.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterator
from itertools import chain

from backuptool.bundle import Bundle, names
from backuptool.comparison import Outcome, compare
from backuptool.contents.needed import EVERYWHERE
from backuptool.counts import count
from backuptool.errors import BackuptoolError, SourceError, UsageError, VerificationError
from backuptool.past import Attempt, OldBackup
from backuptool.sources.completeness import complete
from backuptool.sources.pg_dump import PgDump
from backuptool.sources.properties import WITHOUT_PLPGSQL
from backuptool.sources.restricted import knows_restrict, restricted, without_own_lines
from backuptool.sources.roles import passwords
from backuptool.sources.server import Server, sqlstate
from backuptool.sources.sql import identifier, literal
from backuptool.target import Replacing, drop, make_roles, new_database, prepared, refuse_unless_fit

log = logging.getLogger(__name__)
OUT_OF_MEMORY = "53200"  # SQLSTATE; the server's table of locks is full
# What a server that went down has lost since it said COMMIT is not known (synchronous_commit = off).
WENT_DOWN = re.compile(
    "server closed the connection|connection to server was lost|terminating connection|the database system is"
)
# A large object's owner is a lock until the transaction ends; by default the server has room for 6,400 (64 for each
# connection), and 30,000 were too many (measured).
MOST_IN_ONE_TRANSACTION = 5000
OTHERS = """
    select datname from pg_catalog.pg_database where not datistemplate and datname not in ('postgres', {name})
    and datname !~ '^backuptool_unfinished_' limit 1
"""


def restore(
    bundle: Bundle, server: Server, name: str, replacing: Replacing | None = None, *, quick: bool = False
) -> Outcome | None:
    """Load an authenticated bundle into the new database `name` on `server`, and compare it with what was dumped.

    `quick`: count rows, where else the copy is dumped again and all of it compared. Refuses a database that has
    anything in it, unless `replacing` it, and a server that lacks what the dump needs. Any failure leaves no
    database behind; roles that were made stay, and are named. None: it could not be compared, which is logged (but
    nothing is replaced then). Raises UsageError, SourceError; VerificationError when the copy is not the original.
    """
    server = prepared(server)
    refuse_unless_fit(server, bundle.contents.server)
    with new_database(server, name, replacing) as new:
        load(bundle, server, new, stays=True)
        try:
            return compared(bundle, server.on(new), quick=quick)
        except SourceError as error:  # no pg_dump here, no right to read all: better a database than none
            if replacing is not None or WENT_DOWN.search(error.message):
                raise
            log.warning("the database is loaded, but could not be compared with the backup: %s", error.message)
            return None


def load(bundle: Bundle, server: Server, new: str, *, stays: bool = False) -> None:
    """The roles that `server` lacks, then the database `new`, which is not there. Raises SourceError.

    `stays`: the server does when all is done, and its new roles with it: they are told.
    """
    if bundle.has(names.GLOBALS):
        log.info("making roles that are missing")
        if (made := make_roles(server, b"".join(bundle.expanded(names.GLOBALS)))) and stays:
            log.warning("%s", made)
    knows = knows_restrict(server)  # psql may be older than the pg_dump that made it
    fill(bundle, server, new, lambda: _dump(bundle) if knows else without_own_lines(_dump(bundle)))
    _gather_statistics(server, new)


def fill(bundle: Bundle, server: Server, new: str, dump: Callable[[], Iterator[bytes]]) -> None:
    """The database `new`, which is not there, with the properties in the bundle, and a `dump` in it: the bundle's own,
    or another of as many large objects. Its roles are there. Raises SourceError."""
    many = bundle.contents.dump.large_objects.count > MOST_IN_ONE_TRANSACTION
    _load(server, new, lambda: _make(bundle, server, new), dump, at_once=not many)


def refuse_unless_empty(server: Server, name: str) -> None:
    """Raises UsageError for a server that has another database than `name`."""
    others = prepared(server).query(OTHERS.format(name=literal(name)))
    if others:
        raise UsageError(
            f"the server has another database, {others[0][0]}: its roles may need the passwords they have",
            hint="leave --roles-passwords out, and set the passwords that you want by hand",
        )


def give_passwords(bundle: Bundle, server: Server) -> None:
    """Give roles that are there already the passwords in the bundle. Raises SourceError."""
    if bundle.has(names.GLOBALS):
        sql = b"".join(bundle.expanded(names.GLOBALS)).decode("utf-8", "surrogateescape")
        prepared(server).execute((one.encode("utf-8", "surrogateescape") for one in passwords(sql)), "-1")


def compared(bundle: Bundle, copy: Server, *, quick: bool = False) -> Outcome:
    """What a comparison of the database `copy` with the bundle comes to. Raises VerificationError when they differ."""
    log.info("counting rows" if quick else "comparing")
    wanted = bundle.contents.dump
    outcome = count(wanted, copy) if quick else compare(wanted, lambda scan: scan.watch(_dump(bundle)), PgDump(copy))
    for note in outcome.notes:
        log.warning("%s", note)
    if outcome.differences:
        first, *others = outcome.differences
        more = f", and {len(others)} more differences" if others else ""
        why = "something changed it while it was loaded (a trigger, another session?), or a disk or memory is bad"
        to_have_it = "" if quick else "; to have it all the same, its rows only counted: --quick"
        raise VerificationError(f"the restored database is not what was dumped: {first}{more}", hint=why + to_have_it)
    return outcome


def restore_unauthenticated(
    old: OldBackup, opening: Attempt, server: Server, name: str, replacing: Replacing | None = None
) -> None:
    """Load an old backup, for which nobody vouches, as `restore` does; all of it is checked before psql sees any of it.

    There is nothing in it about the database itself: that is made with UTF-8, and owned by who connects. Its dump may
    not command psql; what it has the server do is not looked at. Raises also VerificationError.
    """
    server = prepared(server)
    with new_database(server, name, replacing) as new:
        old.verify(opening)
        sql = f"create database {identifier(new)} template template0 encoding 'UTF8'"
        knows = knows_restrict(server)
        filtered = restricted if knows else without_own_lines
        if not knows:
            log.warning("psql is older than August 2025: what is in the dump may run programs where psql runs")
        try:
            _load(server, new, lambda: server.query(sql), lambda: filtered(old.sql(opening)))
        except SourceError as error:
            if 'ERROR:  role "' not in error.message:
                raise
            hint = "an old backup has no roles: make this one first (CREATE ROLE …), then restore again"
            raise SourceError(error.message, hint=hint) from error
        _gather_statistics(server, new)


def _make(bundle: Bundle, server: Server, new: str) -> None:
    # Bundles until 2026-11-29 do not say it themselves.
    more = [] if EVERYWHERE in bundle.contents.server.extensions else [WITHOUT_PLPGSQL]
    server.execute(chain(bundle.expanded(names.DATABASE), more), "-v", f"target_db={new}")
    if not server.query(f"select 1 from pg_catalog.pg_database where datname = {literal(new)}"):  # noqa: S608 - quoted
        raise BackuptoolError("the bundle's database member made no database")


def _load(
    server: Server, new: str, make: Callable[[], object], dump: Callable[[], Iterator[bytes]], *, at_once: bool = True
) -> None:
    """`make` the empty database `new`, load the `dump` into it; either may be asked for twice.

    `at_once`: in one transaction. Without it COPY reuses free space, and rows come back in another order (measured).
    """
    log.info("making the database")
    make()
    log.info("loading the data")
    try:
        _run(server.on(new), dump(), at_once=at_once)
    except SourceError as error:
        if not at_once or sqlstate(error) != OUT_OF_MEMORY:
            raise
        log.info("loading again, not in one transaction")
        drop(server, new, force=True)
        make()
        _run(server.on(new), dump(), at_once=False)


def _gather_statistics(server: Server, new: str) -> None:
    log.info("gathering statistics")
    try:
        server.on(new).execute([b"ANALYZE;\n"])
    except SourceError as error:
        log.warning("the database is loaded, but has no statistics (ANALYZE): %s", error.message)


def _run(server: Server, sql: Iterator[bytes], *, at_once: bool) -> None:
    server.execute(sql, "-o", "/dev/null", *(["-1"] if at_once else []))


def _dump(bundle: Bundle) -> Iterator[bytes]:
    return complete(bundle.expanded(names.SQL))
