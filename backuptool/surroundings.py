"""What stands around a dump: the database's own properties and the roles. Are the copy's those of the bundle?

Neither is in pg_dump's text, so the comparison of two dumps is blind for them. A password is a secret, and a setting
that PostgreSQL does not know may be one: they are not shown.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator

from backuptool.bundle import Bundle, names
from backuptool.printable import on_one_line
from backuptool.sources.pg_dump import PgDump
from backuptool.sources.roles import GRANTED_BY, MEMBERSHIP, of_each
from backuptool.sources.sql import identifier, statements, tokens

SESSION = ("SET ", "SELECT ")  # of the session that runs the rest; each minor version of pg_dump has its own
GRANTS = ("GRANT ", "REVOKE ")
SETS = ("TO", "=", "IS")
OWN_SETTING = re.compile(r' SET "[^" ]+\.[^" ]+" TO\Z')  # only PostgreSQL's own have no dot
LONGEST = 60  # characters of a value


def differences(bundle: Bundle, copy: PgDump) -> Iterator[str]:
    """In words. Only of the same major: others print the same properties in other words. Raises SourceError."""
    copy.prepare()
    yield from _database(_read(bundle.expanded(names.DATABASE)), _read(copy.database()), copy.server.database)
    if bundle.has(names.GLOBALS):
        superuser = bundle.contents.server.bootstrap_superuser
        yield from _roles(_read(bundle.expanded(names.GLOBALS)), _read(copy.roles()), superuser)


def _read(chunks: Iterable[bytes]) -> str:
    return b"".join(chunks).decode("utf-8", "surrogateescape")


def _database(wanted: str, found: str, name: str) -> Iterator[str]:
    theirs, ours = (Counter(one for one in statements(sql) if not one.startswith(SESSION)) for sql in (wanted, found))
    lost, new = (dict(map(_halved, counts)) for counts in (theirs - ours, ours - theirs))
    for head in {**lost, **new}:
        values = [_shown(head, value) for values in (new, lost) if (value := values.get(head)) is not None]
        how = "different" if len(values) > 1 else "missing" if head in lost else "new"
        about = head.replace(':"target_db"', identifier(name))
        yield f"of the database's own properties is {how}: {about} {', not '.join(dict.fromkeys(values))}".rstrip()


def _halved(statement: str) -> tuple[str, str]:
    """What a statement is about, and the value that it sets; a grant has none."""
    shown = statement.encode("utf-8", "backslashreplace").decode().rstrip(" ;")
    if shown.startswith(GRANTS):
        return shown, ""
    head = ""
    for token in tokens(shown):
        head += token
        if token in SETS:
            break
    return head, shown[len(head) :].strip()


def _shown(head: str, value: str) -> str:
    """A value, no longer than a line. Settings with a dot are an application's own, and may be its keys."""
    if OWN_SETTING.search(head):
        return "a value that is not shown, for it may be a secret"
    line = on_one_line(value)
    return line if len(line) <= LONGEST else f"{line[: LONGEST - 1]}…"


def _roles(wanted: str, found: str, superuser: str) -> Iterator[str]:
    """A restore leaves the roles that it finds as they are: here the superuser, who is the server's own. More than are
    wanted harm nobody on a server that is thrown away."""
    theirs, ours = of_each(wanted), of_each(found)
    for name in theirs:
        shown = name.encode("utf-8", "backslashreplace").decode()
        if name not in ours:
            yield f"the role {shown} is missing"
        elif name != superuser and Counter(theirs[name]) != _comparable(ours[name], theirs[name]):
            yield f"the role {shown} has other attributes, settings, memberships or another password"


def _comparable(ours: list[str], theirs: list[str]) -> Counter[str]:
    """Ours without grantors that they do not name: before 16 a grantor may be dropped, and pg_dumpall names none then.

    Guarded SQL has each membership without its grantor too.
    """
    named = {GRANTED_BY.sub("", one) for one in theirs if MEMBERSHIP.fullmatch(one)}
    return Counter(one for one in ours if not MEMBERSHIP.fullmatch(one) or GRANTED_BY.sub("", one) in named)
