r"""pg_dumpall's roles, guarded: SQL for psql under which roles that a server has stay as they are.

As they are, the globals reset every attribute of existing roles, passwords too, and stop at `role "postgres" already
exists`. So each statement stands in an `\if` that asks whether its role was new.

Who granted is kept where that role may grant on the target too. Else the grant is whoever's who restores: the grantor
may be the dumped server's bootstrap superuser, who is nobody there; a role that was there without the admin option; or,
from a server before 16, one that never needed it.
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
MEMBERSHIP = re.compile(rf"GRANT {NAME} TO {NAME}.* GRANTED BY {NAME};", re.DOTALL)
GRANTED_BY = re.compile(rf" GRANTED BY {NAME}(?=;)")
AS = re.compile(rf"SET SESSION AUTHORIZATION {NAME};")  # whose grant on a parameter comes next
AS_ONESELF = "RESET SESSION AUTHORIZATION;"
PASSWORD = re.compile(rf"ALTER ROLE {NAME} WITH [^;']*\bPASSWORD ('(?:[^']|'')*')")
NEW = "SELECT NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = {name}) AS new_{number} \\gset\n"
GUARDED = "\\if :new_{number}\n{statement}\n\\endif\n"
MAY_GRANT = """\
SELECT (SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user) AND \
EXISTS (SELECT FROM pg_catalog.pg_roles g WHERE g.rolname = {grantor} AND \
(current_setting('server_version_num')::int < 160000 OR \
EXISTS (SELECT FROM pg_catalog.pg_auth_members m JOIN pg_catalog.pg_roles r ON r.oid = m.roleid \
WHERE r.rolname = {role} AND m.member = g.oid AND m.admin_option))) AS may_grant \\gset
"""
CHOICE = "\\if :{asked}\n{one}\n\\else\n{other}\n\\endif"


def guarded(sql: str) -> str:
    """The statements of `pg_dumpall --globals-only`, for psql 10 or newer; `\\gset` and `\\if` do the asking."""
    chosen = list(statements(sql))
    numbers = {name: number for number, name in enumerate(_made(chosen), start=1)}
    asked = [NEW.format(name=literal(name), number=number) for name, number in numbers.items()]
    settings = [f"{statement}\n" for statement in chosen if statement.startswith("SET ") and not AS.match(statement)]
    return "".join([*settings, *asked, *_about_roles(chosen, numbers)])


def passwords(sql: str) -> Iterator[str]:
    """Statements that give every role in guarded SQL the password that it has there, were it made by that or not."""
    for statement in statements(sql):
        if match := PASSWORD.match(statement):
            yield f"ALTER ROLE {match[1]} PASSWORD {match[2]};\n"


def of_each(sql: str) -> dict[str, list[str]]:
    """The statements in guarded SQL that are about each role that it makes."""
    found: dict[str, list[str]] = {}
    for statement in statements(sql):
        if name := _role(statement):
            found.setdefault(name, []).append(statement)
    return found


def _made(chosen: list[str]) -> Iterator[str]:
    for statement in chosen:
        if statement.startswith("CREATE ROLE "):
            yield _role(statement)


def _about_roles(chosen: list[str], numbers: dict[str, int]) -> Iterator[str]:
    grantor = ""
    for statement in chosen:
        name = _role(statement)
        if match := AS.match(statement):
            grantor = match[1]
        elif statement == AS_ONESELF:
            grantor = ""
        elif name in numbers:
            text = _by(grantor, statement, numbers) if grantor else _membership(statement)
            yield GUARDED.format(number=numbers[name], statement=text)
        elif not statement.startswith("SET "):
            log.warning("left out of the roles, because it is not known whose it is: %s …", statement[:30])


def _membership(statement: str) -> str:
    """A membership that `grantor` grants where it may, else whoever restores; any other statement as it is."""
    match = MEMBERSHIP.fullmatch(statement)
    if match is None:
        return statement
    asked = MAY_GRANT.format(role=literal(_plain(match[1])), grantor=literal(_plain(match[3])))
    return asked + CHOICE.format(asked="may_grant", one=statement, other=GRANTED_BY.sub("", statement))


def _by(grantor: str, statement: str, numbers: dict[str, int]) -> str:
    """A grant on a parameter, by its grantor where that role was made here, with what it may grant."""
    number = numbers.get(_plain(grantor))
    if number is None:
        return statement
    as_grantor = f"SET SESSION AUTHORIZATION {grantor};\n{statement}\n{AS_ONESELF}"
    return CHOICE.format(asked=f"new_{number}", one=as_grantor, other=statement)


def _role(statement: str) -> str:
    """Whom a statement is about; empty when that is not known."""
    for pattern in ABOUT_ROLE:
        if match := pattern.match(statement):
            return _plain(match.groups()[-1])
    return ""


def _plain(name: str) -> str:
    return name[1:-1].replace('""', '"') if name.startswith('"') else name
