"""What a database has besides its content, and what makes another one have the same.

It is the place's, not the content's: who replaces a database's content keeps its owner, settings, grants, limit and
comment as they are today, as roles that are there are never changed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from backuptool.sources.server import Server
from backuptool.sources.sql import identifier, literal
from backuptool.target.comments import ahead_of, commenting
from backuptool.target.replaced import MARK, without_mark

# Their values are lists of names, each of which is a constant of its own (as in pg_dump's dumputils.c).
LISTS = ("local_preload_libraries", "search_path", "session_preload_libraries", "temp_tablespaces")
ELEMENT = re.compile(r'"((?:[^"]|"")*)"|([^\s,"]+)')
PLAIN = """
    select rolname, datconnlimit, datistemplate, coalesce(pg_catalog.shobj_description(d.oid, 'pg_database'), ''),
        datallowconn, spcname
    from pg_catalog.pg_database d join pg_catalog.pg_roles r on r.oid = datdba
        join pg_catalog.pg_tablespace t on t.oid = dattablespace where datname = {name}
"""
SETTINGS = """
    select coalesce(rolname, ''), setting
    from pg_catalog.pg_database d join pg_catalog.pg_db_role_setting on setdatabase = d.oid
        left join pg_catalog.pg_roles r on r.oid = setrole, unnest(setconfig) setting
    where datname = {name}
"""
GRANTS = """
    select coalesce(a.rolname, ''), coalesce(b.rolname, ''), privilege_type, is_grantable
    from pg_catalog.pg_database, pg_catalog.aclexplode(coalesce(datacl, pg_catalog.acldefault('d', datdba)))
        with ordinality acl (grantor, grantee, privilege_type, is_grantable, number)
        left join pg_catalog.pg_roles a on a.oid = grantor left join pg_catalog.pg_roles b on b.oid = grantee
    where datname = {name} order by number
"""
Setting = tuple[str, str]  # of whom (empty: of everybody), which


@dataclass(frozen=True, slots=True)
class Grant:
    """By whom, to whom (empty: everybody), what, and whether it may be granted on."""

    grantor: str
    grantee: str
    privilege: str
    grantable: bool


@dataclass(frozen=True, slots=True)
class Properties:
    """What a restore keeps of the database that it replaces; secrets may be among the settings."""

    owner: str
    limit: int
    template: bool
    open: bool  # to connections
    tablespace: str
    comment: str
    settings: dict[Setting, str]
    grants: tuple[Grant, ...]


def properties(server: Server, name: str) -> Properties:
    """Those of the database `name`, which need not be sound: they are in what all databases share. Raises SourceError.

    A mark of ours in the comment is left out.
    """
    asked = literal(name)
    ((owner, limit, template, comment, connects, tablespace),) = server.query(PLAIN.format(name=asked))
    settings = {}
    for role, setting in server.query(SETTINGS.format(name=asked)):
        key, _, value = setting.partition("=")
        settings[role, key] = value
    grants = server.query(GRANTS.format(name=asked))
    made = tuple(Grant(by, to, what, on == "t") for by, to, what, on in grants)
    said = without_mark(comment)
    return Properties(owner, int(limit), template == "t", connects == "t", tablespace, said, settings, made)


def changes(name: str, now: Properties, wanted: Properties, of: str) -> Iterator[str]:
    """The statements after which the database `name`, which has the properties `now`, has those that are `wanted`, and
    which are those `of` another. It stays in its tablespace: no transaction moves it."""
    database = f"database {identifier(name)}"
    if now.owner != wanted.owner:
        yield f"alter {database} owner to {identifier(wanted.owner)}"
    if now.limit != wanted.limit:
        yield f"alter {database} connection limit {wanted.limit}"
    if now.template != wanted.template:
        yield f"alter {database} is_template {str(wanted.template).lower()}"
    if now.open != wanted.open:
        yield f"alter {database} with allow_connections {str(wanted.open).lower()}"
    if now.comment != wanted.comment:
        yield commenting(name, ahead_of(MARK), of)
    yield from _settings(database, now.settings, wanted.settings)
    if (now.owner, set(now.grants)) != (wanted.owner, set(wanted.grants)):
        yield from _grants(database, now, wanted)


def _settings(database: str, now: dict[Setting, str], wanted: dict[Setting, str]) -> Iterator[str]:
    for (role, key), value in {**now, **wanted}.items():
        if now.get((role, key)) == wanted.get((role, key)):
            continue
        whose = f"alter role {identifier(role)} in {database}" if role else f"alter {database}"
        if (role, key) in wanted:
            yield f"{whose} set {identifier(key)} to {_constants(key, value)}"
        else:
            yield f"{whose} reset {identifier(key)}"


def _constants(key: str, value: str) -> str:
    if key not in LISTS:
        return literal(value)
    elements = [quoted.replace('""', '"') or bare for quoted, bare in ELEMENT.findall(value)]
    return ", ".join(map(literal, elements)) or "''"


def _grants(database: str, now: Properties, wanted: Properties) -> Iterator[str]:
    """All are taken back and given again: what the owner has is among them."""
    for grantee in dict.fromkeys(["", wanted.owner, *(grant.grantee for grant in now.grants)]):
        yield f"revoke all on {database} from {_grantee(grantee)} cascade"
    for grant in wanted.grants:
        option = " with grant option" if grant.grantable and grant.grantee != wanted.owner else ""
        statement = f"grant {grant.privilege} on {database} to {_grantee(grant.grantee)}{option}"
        if grant.grantor == wanted.owner:
            yield statement
        else:
            yield from (f"set local role {identifier(grant.grantor)}", statement, "reset role")


def _grantee(name: str) -> str:
    return identifier(name) if name else "public"
