"""How a restore connects: to a database that is always there, under settings that let any database be loaded."""

from __future__ import annotations

from dataclasses import replace

from backuptool.errors import SourceError
from backuptool.sources.server import Server

MAINTENANCE = ("postgres", "template1")  # either may be missing
# A role's or a database's own settings must not make a load of hours fail.
SETTINGS = " ".join(
    f"-c {setting}"
    for setting in (
        "default_transaction_read_only=off",
        "statement_timeout=0",
        "lock_timeout=0",
        "idle_in_transaction_session_timeout=0",
        "role=none",
        "standard_conforming_strings=on",
        "array_nulls=on",  # off, `{NULL}` in a dump's rows is the text "NULL"
    )
)
# The same where the server knows them: from 14, 17, 14 and 17 on. The third ends a backend whose psql was killed in the
# middle of a long statement; where the system cannot tell, the server does not start a session with it. The last is for
# superusers: what a dump's login trigger writes at each of our sessions would be no copy; nor what others write, or
# forbid, at the materialised views that come after them. Before 17, in the role of a replica only those fire that are
# enabled for it. A dump needs no trigger of its own: foreign keys are checked by queries when they are made.
MORE = """
    select coalesce(string_agg('-c ' || name || '=' || value, ' '), '')
    from (select rolsuper, pg_catalog.current_setting('server_version_num')::int from pg_catalog.pg_roles
        where rolname = current_user) me (super, version),
    lateral (values ('idle_session_timeout', '0', true), ('transaction_timeout', '0', true),
        ('client_connection_check_interval', '1s', pg_catalog.version() like '%linux%'),
        ('event_triggers', 'off', super), ('session_replication_role', 'replica', super and version < 170000)
    ) wanted (name, value, here) join pg_catalog.pg_settings using (name) where here
"""


def prepared(server: Server) -> Server:
    """The same server by its maintenance database, under those settings. Raises SourceError when it does not answer."""
    errors: list[SourceError] = []
    for database in MAINTENANCE:
        chosen = replace(server, database=database, options=SETTINGS)
        try:
            more = chosen.query(MORE)
        except SourceError as error:
            errors.append(error)
            continue
        return replace(chosen, options=" ".join([SETTINGS, *(row[0] for row in more)]))
    raise errors[0]
