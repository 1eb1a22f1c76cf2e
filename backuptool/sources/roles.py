"""Which of pg_dumpall's statements make roles that a server lacks; roles it has are never changed.

The globals as they are would reset every attribute of existing roles, passwords too.
"""

from __future__ import annotations

import re

from backuptool.sources.sql import statements

NAME = r'("(?:[^"]|"")+"|[^\s;"]+)'
ABOUT_ROLE = re.compile(rf"(?:CREATE|ALTER) ROLE {NAME}[ ;]|COMMENT ON ROLE {NAME} IS ")
MEMBERSHIP = re.compile(rf"GRANT {NAME} TO {NAME}[ ;]")
GRANTED_BY = re.compile(rf" GRANTED BY {NAME}(?=;)")


def missing_roles(sql: str, present: set[str]) -> str:
    """The statements of `sql` about roles that are not in `present`: making, attributes, settings, memberships."""
    return "\n".join(chosen for statement in statements(sql) if (chosen := _chosen(statement, present)))


def _chosen(statement: str, present: set[str]) -> str:
    if match := ABOUT_ROLE.match(statement):
        return "" if _plain(match[1] or match[2]) in present else statement
    if match := MEMBERSHIP.match(statement):
        if _plain(match[2]) in present:
            return ""
        # The grantor is the dumped server's bootstrap superuser, who may be nobody here.
        return GRANTED_BY.sub("", statement)
    return statement if statement.startswith("SET ") else ""


def _plain(name: str) -> str:
    return name[1:-1].replace('""', '"') if name.startswith('"') else name
