"""What keeps a database from being replaced by another: what is bound to it, and would be lost or go on with it."""

from __future__ import annotations

from backuptool.errors import UsageError
from backuptool.sources.server import Server
from backuptool.sources.sql import literal

MAY = """
    select rolsuper or (rolcreatedb and pg_catalog.pg_has_role(datdba, 'usage')), rolname, datconnlimit = -2
    from pg_catalog.pg_database, pg_catalog.pg_roles where datname = {name} and rolname = current_user
"""
# Who is no superuser sees no type of other users' sessions: theirs count as clients.
CLIENTS = ("client backend", "autovacuum worker", "parallel worker", "walsender")
BOUND = """
    select 'prepared transaction', gid from pg_catalog.pg_prepared_xacts where database = {name}
    union all select 'subscription', subname from pg_catalog.pg_subscription
        join pg_catalog.pg_database d on d.oid = subdbid where datname = {name}
    union all select 'logical replication slot', slot_name from pg_catalog.pg_replication_slots where database = {name}
    union all select distinct 'background worker', backend_type from pg_catalog.pg_stat_activity
        where datname = {name} and backend_type not in ({clients}) and backend_type !~ '^logical replication '
    order by 1, 2
"""
HINTS = {
    "background worker": "stop it in that database, and start it again afterwards (TimescaleDB: select"
    " _timescaledb_functions.stop_background_workers(); pg_cron: the server's cron.database_name)",
    "logical replication slot": "drop the slot (pg_drop_replication_slot): its reader has to begin anew anyway",
    "prepared transaction": "end it there: COMMIT PREPARED or ROLLBACK PREPARED",
    "subscription": "drop it there (DROP SUBSCRIPTION), and make it again in the new database",
}


def refuse_unless_replaceable(server: Server, name: str) -> None:
    """Raises UsageError when the database `name` may not be renamed, or has something bound to it; SourceError."""
    ((may, user, broken),) = server.query(MAY.format(name=literal(name)))
    if broken == "t":
        raise UsageError(
            f"the database {name} is what an interrupted DROP DATABASE left: it cannot be kept",
            hint="drop it, and restore without --replace",
        )
    if may != "t":
        raise UsageError(
            f"the role {user} may not rename the database {name}",
            hint="restore as its owner, who also needs CREATEDB, or as a superuser",
        )
    clients = ", ".join(map(literal, CLIENTS))
    refuse_if_bound(name, server.query(BOUND.format(name=literal(name), clients=clients)))


def refuse_if_bound(name: str, found: list[list[str]]) -> None:
    """Raises UsageError when BOUND, asked about the database `name`, found any."""
    if found:
        told = ", ".join(f"the {kind} {what!r}" for kind, what in found)
        hints = dict.fromkeys(HINTS[kind] for kind, _ in found)
        raise UsageError(f"the database {name} cannot be replaced while it has {told}", hint="; ".join(hints))
