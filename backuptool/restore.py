"""store ─► bundle ─► decrypt ─► expand ─► psql: the pipeline backwards, into a new database.

The database gets its name at the end: until then it has one of its own, so nothing half-done is ever seen under NAME.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Iterator

from backuptool.bundle import Bundle, names
from backuptool.compression import decompress
from backuptool.errors import BackuptoolError, SourceError, UsageError
from backuptool.sources.completeness import complete
from backuptool.sources.roles import missing_roles
from backuptool.sources.server import Server
from backuptool.sources.sql import identifier, literal

log = logging.getLogger(__name__)
UNFINISHED = "backuptool_unfinished_"
# A database whose own settings make it read-only must still load.
WRITABLE = "-c default_transaction_read_only=off"
TABLES = """
    select count(*) from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = relnamespace
    where relkind in ('r', 'p', 'v', 'm', 'S', 'f') and nspname !~ '^pg_' and nspname <> 'information_schema'
"""


def restore(bundle: Bundle, server: Server, name: str) -> None:
    """Load an authenticated bundle into the new database `name` on `server`.

    Refuses a database that has tables. Any failure leaves none behind. Raises UsageError, SourceError.
    """
    server = server.on("postgres")
    there = _refuse_unless_empty(server, name)
    new = f"{UNFINISHED}{secrets.token_hex(4)}"
    if bundle.has(names.GLOBALS):
        log.info("making roles that are missing")
        _make_roles(bundle, server)
    try:
        _load(bundle, server, new)
        if there:
            server.query(f"drop database {identifier(name)}")
        server.query(f"alter database {identifier(new)} rename to {identifier(name)}")
    except BaseException:
        server.query(f"drop database if exists {identifier(new)}")
        raise


def _refuse_unless_empty(server: Server, name: str) -> bool:
    """Whether there is an empty database `name`. Raises UsageError when it has something in it."""
    if not name or len(name.encode()) > 63:
        raise UsageError(f"{name!r} is no database name: 1 to 63 bytes", hint="--into NAME")
    if not server.query(f"select 1 from pg_catalog.pg_database where datname = {literal(name)}"):  # noqa: S608 - quoted
        return False
    count = server.on(name).query(TABLES)[0][0]
    if count != "0":
        raise UsageError(
            f"the database {name} exists and has tables ({count}): a restore never writes into data",
            hint=f"restore into a new one: --into {name}_restored",
        )
    return True


def _make_roles(bundle: Bundle, server: Server) -> None:
    sql = b"".join(decompress(bundle.plain(names.GLOBALS))).decode()
    present = {row[0] for row in server.query("select rolname from pg_catalog.pg_roles")}
    server.execute([missing_roles(sql, present).encode()], "-1")


def _load(bundle: Bundle, server: Server, new: str) -> None:
    log.info("making the database")
    server.execute(decompress(bundle.plain(names.DATABASE)), "-v", f"target_db={new}")
    if not server.query(f"select 1 from pg_catalog.pg_database where datname = {literal(new)}"):  # noqa: S608 - quoted
        raise BackuptoolError("the bundle's database member made no database")
    log.info("loading the data")
    try:
        # One transaction: without it COPY reuses free space, and rows come back in another order (measured).
        server.on(new).execute(_dump(bundle), "-o", "/dev/null", "-1", options=WRITABLE)
    except SourceError as error:
        if "out of shared memory" not in error.message:
            raise
        # Some 10,000 large objects in one transaction are more locks than the server has by default.
        log.info("loading again, not in one transaction")
        server.query(f"drop database {identifier(new)}")
        server.execute(decompress(bundle.plain(names.DATABASE)), "-v", f"target_db={new}")
        server.on(new).execute(_dump(bundle), "-o", "/dev/null", options=WRITABLE)
    log.info("gathering statistics")
    server.on(new).execute([b"ANALYZE;\n"], options=WRITABLE)


def _dump(bundle: Bundle) -> Iterator[bytes]:
    return complete(decompress(bundle.plain(names.SQL)))
