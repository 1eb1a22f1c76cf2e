"""What to do about what PostgreSQL's programs and server say."""

from __future__ import annotations

import re

SUPERUSER = "do it as a superuser, or give this user that right first"
# A dump and a restore fail by the same words for other reasons.
OF_A_LOAD = {
    r"permission denied": SUPERUSER,
    r'(relation|type) "[^".]+" does not exist|function [^.(]+\(.*\) does not exist': (
        "a function that a CHECK or an index calls names it without its schema, and a load searches none: in the source"
        " database, ALTER FUNCTION … SET search_path = …; then back up again"
    ),
    r"unrecognized configuration parameter": (
        "is this server older than the one that was dumped? Restore into one that is at least as new"
    ),
    r"invalid byte sequence for encoding": (
        "the database that was dumped had another encoding, or none: backuptool decrypt the file, createdb -T template0"
        " -E SQL_ASCII, and load it by psql"
    ),
    r"CREATE DATABASE cannot run inside|backslash commands are restricted": (
        "the dump makes its database itself, as pg_dump --create writes it, or commands psql: look into it (backuptool"
        " decrypt), and if you trust it, load it with psql"
    ),
    r"violates foreign key constraint": (
        "rows that these point to are not in the backup: left out by extra_args, or missing in the source; mend that,"
        " then back up again"
    ),
    r"violates check constraint": (
        "a CHECK that asks other rows, or the clock, need not hold while a dump is loaded: in the source database, make"
        " it again as NOT VALID, which a dump adds behind the data; then back up again"
    ),
    r"invalid input syntax for type money": (
        "money is printed as lc_monetary of the source has it, and no dump says which that is: set it on this server (a"
        " drill's: drill.settings), and in the source database, for the backups to come, ALTER DATABASE … SET"
        " lc_monetary = …, which they have"
    ),
}
HINTS = {
    r"permission denied to|must be able to SET ROLE|must be (a )?member of role|must be superuser": SUPERUSER,
    r"could not access file": (
        "the server has not this library, which a setting (…_preload_libraries) or a function names: install it there"
    ),
    r"could not (extend|write|create|open).*No space left on device": "the server's disk is full: make room there",
    r'FATAL: +database ".*" does not exist': "check `database` in the configuration",
    "is not currently accepting connections": (
        "check `database` in the configuration; if it is to be open: ALTER DATABASE … ALLOW_CONNECTIONS true"
    ),
    r'FATAL: +role ".*" does not exist': "check `user` in the configuration",
    r'ERROR: +role ".*" does not exist': "make this role first (CREATE ROLE), then try again",
    r"password authentication failed": "check `user`, and its password in the passfile where the programs run",
    r"(Peer|Ident) authentication failed": "run as that system user, or give `host` and a passfile",
    r"no password supplied": "name a passfile (libpq's .pgpass format) that exists where the programs run",
    r"no pg_hba\.conf entry": "let this user connect to this database: pg_hba.conf of the server",
    r"(connection|connect) to server.*No such file or directory": (
        "is the server up, and its socket where the programs run? (`host` names its folder)"
    ),
    r"(connection|connect) to server.*Connection refused": "is the server up, and the port right?",
    r"could not translate host name": "check `host` in the configuration",
    r"server version mismatch": "use the pg_dump inside the database's own container",
    r"row-level security": "dump as a user who sees all rows: a superuser, or one with BYPASSRLS",
    r"permission denied": "dump as a user who may read everything: a superuser, or a member of pg_read_all_data",
    r"canceling statement due to (statement|lock) timeout": (
        "another session holds a lock on a table: look for it in pg_locks, and run it again"
    ),
    r"terminating connection|server closed the connection|connection to server was lost|the database system is": (
        "the server was stopped or is starting: look into its log, and run it again"
    ),
    # TimescaleDB names that setting in its HINT only.
    r"shared_preload_libraries|must be preloaded": (
        "name it in that setting of the server, and restart it; a drill's server has drill.settings in the plan"
    ),
    r"can only create extension in database": (
        "pg_cron is bound to the name in cron.database_name, and a restore begins under another: follow the backup's"
        " RECOVER.txt, which loads under the name itself"
    ),
    r"too many clients|remaining connection slots": "the server has no connection left: run it again later",
}


def hint_for(message: str, *, loading: bool = False) -> str:
    """What to do about this message, of a load or of anything else; empty when nothing certain is known."""
    known = [*(OF_A_LOAD.items() if loading else ()), *HINTS.items()]
    return next((hint for sign, hint in known if re.search(sign, message)), "")
