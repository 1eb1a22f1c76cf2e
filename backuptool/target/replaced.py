"""The databases that restores replaced: closed, under a dated name, until somebody drops them."""

from __future__ import annotations

import logging
import shlex
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from backuptool.errors import UsageError
from backuptool.sources.server import Server
from backuptool.sources.sql import literal
from backuptool.target.comments import ahead_of, commenting
from backuptool.target.running import drop

log = logging.getLogger(__name__)
LONGEST = 63  # bytes of a name (NAMEDATALEN - 1); the server cuts what is longer, also in the middle of a character
DATED = "_replaced_%Y_%m_%dt%H%M%S"  # UTC; nothing in it needs quotes
# The end of such a database's comment: its name, and the one it had. Renamed by somebody, it is theirs. No setting:
# only a superuser may make one that the server does not know.
MARK = "kept by backuptool as "
SINCE = " since a restore replaced "
KEPT = f"""
    select datname, pg_catalog.split_part(comment, mark, 2),
        case when pg_catalog.has_database_privilege(id, 'connect')
        then pg_catalog.pg_size_pretty(pg_catalog.pg_database_size(id)) else 'of unknown size' end
    from (select oid as id, datname, '{MARK}' || datname || '{SINCE}' as mark,
        pg_catalog.shobj_description(oid, 'pg_database') as comment from pg_catalog.pg_database) d
    where pg_catalog.split_part(comment, mark, 2) <> '' order by datname
"""  # noqa: S608 - constants


@dataclass(frozen=True, slots=True)
class Replaced:
    """A database that a restore replaced: its name now, and its size in words."""

    name: str
    size: str


def dated(name: str, moment: datetime) -> str:
    """What the database `name` is called after it was replaced: as much of the name as has room, and when (UTC)."""
    suffix = moment.astimezone(UTC).strftime(DATED)
    return name.encode()[: LONGEST - len(suffix)].decode(errors="ignore") + suffix  # without half a character


def free_name(server: Server, name: str, moment: datetime) -> str:
    """The first dated name from `moment` on that no database has. Raises SourceError."""
    there = {row[0] for row in server.query("select datname from pg_catalog.pg_database")}
    while (chosen := dated(name, moment)) in there:
        moment += timedelta(seconds=1)
    return chosen


def marking(kept: str, name: str) -> str:
    """The statement that says of the database `kept`, below its comment, that it was replaced as `name`."""
    mark = literal(f"{MARK}{kept}{SINCE}{name}")
    return commenting(kept, f"pg_catalog.concat_ws(E'\\n', {ahead_of(MARK)}, {mark})", kept)


def without_mark(comment: str) -> str:
    """What a comment is besides such a mark."""
    return comment.partition(MARK)[0].removesuffix("\n")


def dropping(kept: str) -> str:
    """The words that drop it. A name that begins as an option does is a part of the option's own word."""
    return shlex.join([f"--drop-old={kept}"] if kept.startswith("-") else ["--drop-old", kept])


def replaced(server: Server, name: str) -> list[Replaced]:
    """What restores replaced under the name `name` and nobody dropped since, oldest first. Raises SourceError."""
    return [Replaced(kept, size) for kept, original, size in server.query(KEPT) if original == name]


def tell_replaced(server: Server, name: str) -> None:
    """Say which databases are still there that were replaced under this name. Raises SourceError."""
    for one in replaced(server, name):
        text = "%s (%s), which a restore replaced, is still there; to drop it: restore %s"
        log.warning(text, one.name, one.size, dropping(one.name))


def drop_replaced(server: Server, name: str) -> None:
    """Drop a database that a restore replaced. Raises UsageError when it is none, SourceError."""
    if name not in (row[0] for row in server.query(KEPT)):
        raise UsageError(
            f"{name} is no database that a restore replaced: it stays",
            hint="those that are: restore --drop-old, without a name; any other: DROP DATABASE",
        )
    drop(server, name, force=False)
