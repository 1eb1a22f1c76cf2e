r"""pg_dumpall's roles, guarded: SQL for psql under which roles that a server has stay as they are.

As they are, the globals reset every attribute of existing roles, passwords too, and stop at `role "postgres" already
exists`. So each statement stands in an `\if` that asks whether its role was new.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator

from backuptool.sources.sql import literal, statements

log = logging.getLogger(__name__)

NAME = r'("(?:[^"]|"")+"|[^\s;"]+)'
# What makes or changes a role, with the role's name.
ABOUT_ROLE = (
    re.compile(rf"(?:CREATE|ALTER) ROLE {NAME}[ ;]"),
    re.compile(rf"COMMENT ON ROLE {NAME} IS "),
    re.compile(rf"SECURITY LABEL FOR \S+ ON ROLE {NAME} IS "),
    re.compile(rf"GRANT {NAME} TO {NAME}[ ;]"),  # a membership: it is the second one's
    re.compile(rf"(?:GRANT|REVOKE) .* ON PARAMETER .* (?:TO|FROM) {NAME}[ ;]"),
)
GRANTED_BY = re.compile(rf" GRANTED BY {NAME}(?=;)")
NEW = "SELECT NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = {name}) AS new_{number} \\gset\n"
GUARDED = "\\if :new_{number}\n{statement}\n\\endif\n"


def guarded(sql: str) -> str:
    """The statements of `pg_dumpall --globals-only`, for psql 10 or newer; `\\gset` and `\\if` do the asking."""
    chosen = list(statements(sql))
    numbers = {name: number for number, name in enumerate(_made(chosen), start=1)}
    asked = [NEW.format(name=literal(name), number=number) for name, number in numbers.items()]
    settings = [f"{statement}\n" for statement in chosen if statement.startswith("SET ")]
    return "".join([*settings, *asked, *_about_roles(chosen, numbers)])


def _made(chosen: list[str]) -> Iterator[str]:
    for statement in chosen:
        if statement.startswith("CREATE ROLE "):
            yield _role(statement)


def _about_roles(chosen: list[str], numbers: dict[str, int]) -> Iterator[str]:
    for statement in chosen:
        name = _role(statement)
        if name in numbers:
            # The grantor is the dumped server's bootstrap superuser, who may be nobody where this is restored.
            text = GRANTED_BY.sub("", statement) if statement.startswith("GRANT ") else statement
            yield GUARDED.format(number=numbers[name], statement=text)
        elif not statement.startswith("SET "):
            log.warning("left out of the roles, because it is not known whose it is: %s …", statement[:30])


def _role(statement: str) -> str:
    """Whom a statement is about; empty when that is not known."""
    for pattern in ABOUT_ROLE:
        if match := pattern.match(statement):
            return _plain(match.groups()[-1])
    return ""


def _plain(name: str) -> str:
    return name[1:-1].replace('""', '"') if name.startswith('"') else name
