"""Whether the user who dumps may read all that a dump reads: one table that it may not read ends the whole dump."""

from __future__ import annotations

from backuptool.errors import SourceError
from backuptool.sources.server import Server

SHOWN = 3  # names in a message
HINT = "dump as a user who sees everything: a superuser, or one with pg_read_all_data and BYPASSRLS"
# Of an extension's own tables pg_dump reads those only that the extension names as its configuration.
DUMPED = """
select format('%I.%I', nspname, relname)
from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = relnamespace
where relkind in ('r', 'p', 'S') and relpersistence <> 't' and nspname !~ '^pg_' and nspname <> 'information_schema'
and (not exists (select from pg_catalog.pg_depend where classid = 'pg_catalog.pg_class'::regclass and objid = c.oid
 and deptype = 'e') or exists (select from pg_catalog.pg_extension where c.oid = any (extconfig)))
"""
CLOSED = (
    DUMPED
    + """
and not (has_schema_privilege(n.oid, 'usage') and has_table_privilege(c.oid, 'select'))
union all
select 'large object ' || oid from pg_catalog.pg_largeobject_metadata where not (pg_has_role(lomowner, 'usage')
or exists (select from aclexplode(lomacl) where privilege_type = 'SELECT' and (grantee = 0
 or pg_has_role(grantee, 'usage'))))
order by 1
"""
)
# Those whose rows a policy chooses for this user: pg_dump refuses them.
VEILED = DUMPED + " and row_security_active(c.oid) order by 1"


def refuse_unless_readable(server: Server) -> None:
    """Raises SourceError with the first few that a dump could not read."""
    if closed := _names(server, CLOSED):
        raise SourceError(f"{_user(server)} may not read {_few(closed)}", hint=HINT)
    if veiled := _names(server, VEILED):
        raise SourceError(f"row-level security hides rows of {_few(veiled)} from {_user(server)}", hint=HINT)


def _names(server: Server, sql: str) -> list[str]:
    return [name for (name,) in server.query(sql)]


def _user(server: Server) -> str:
    return f"the user {server.user}" if server.user else "this user"


def _few(names: list[str]) -> str:
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return f"{', '.join(names[:SHOWN])}{more}"
