"""The roles in a bundle that a server lacks. They are the whole server's: no database takes them along when it goes."""

from __future__ import annotations

from backuptool.sources.roles import of_each, passwords
from backuptool.sources.server import Server

THERE = "select rolname from pg_catalog.pg_roles"
SHOWN = 5  # names in a line


def make_roles(server: Server, sql: bytes) -> str:
    """Make the roles in guarded SQL that `server` lacks, and say which: nothing when it has all. Raises SourceError."""
    there = {row[0] for row in server.query(THERE)}
    wanted = of_each(sql.decode("utf-8", "surrogateescape"))
    server.execute([sql], "-1")  # guarded: roles that are there stay as they are
    made = {name: about for name, about in wanted.items() if name not in there}
    return _told(made) if made else ""


def rehearse_passwords(server: Server, sql: bytes) -> bool:
    """See that the roles in guarded SQL that are there may be given their passwords, which is taken back at once.

    False when it has none. Raises SourceError.
    """
    there = {row[0] for row in server.query(THERE)}
    wanted = of_each("".join(passwords(sql.decode("utf-8", "surrogateescape"))))
    given = "".join(f"{statement}\n" for name in wanted if name in there for statement in wanted[name])
    server.execute([f"begin;\n{given}rollback;\n".encode("utf-8", "surrogateescape")])
    return bool(wanted)


def _told(made: dict[str, list[str]]) -> str:
    names = [name.encode("utf-8", "backslashreplace").decode() for name in sorted(made)]
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    which = f"the role{'s' if len(names) > 1 else ''} {', '.join(names[:SHOWN])}{more}"
    statements = "\n".join(statement for about in made.values() for statement in about)
    given = "rights and passwords" if any(passwords(statements)) else "rights"
    stay = "whatever becomes of the database, what nobody needs here has to be dropped by hand: DROP ROLE"
    return f"made {which}, which this server lacked, with the {given} in the backup; {stay}"
