"""What pg_dump leaves out without a word: said, because nobody finds it missing before it is needed."""

from __future__ import annotations

import logging

from backuptool.sources.server import Server

log = logging.getLogger(__name__)
ROWS = "no backup has the rows of %s.%s: the table is a part of the extension %s (ALTER EXTENSION … DROP TABLE)"
GRANTS = "no backup has the grants on the schema %s: it was public, and pg_dump leaves them out"
# An extension brings its own tables anew, and says whose rows are the user's (pg_extension_config_dump). One that was
# added by hand (ALTER EXTENSION … ADD TABLE) became a part of it in another transaction than it was made in.
# The grants on the schema public are dumped as what differs from those of initdb, which are looked for under its id.
LEFT_OUT = """
    select nspname, relname, extname from pg_catalog.pg_depend d
        join pg_catalog.pg_extension e on e.oid = refobjid
        join pg_catalog.pg_class c on c.oid = objid join pg_catalog.pg_namespace n on n.oid = relnamespace
        join pg_catalog.pg_attribute a on attrelid = c.oid and attname = 'tableoid'
    where classid = 'pg_catalog.pg_class'::regclass and refclassid = 'pg_catalog.pg_extension'::regclass
        and deptype = 'e' and relkind = 'r' and not c.oid = any (coalesce(extconfig, '{}'))
        and a.xmin <> d.xmin and pg_catalog.pg_relation_size(c.oid) > 0
    union all select nspname, '', '' from pg_catalog.pg_namespace where oid = 2200 and nspname <> 'public'
    order by 1, 2
"""


def tell_left_out(server: Server) -> None:
    """Warn of it. Raises SourceError."""
    for schema, table, extension in server.query(LEFT_OUT):
        if table:
            log.warning(ROWS, schema, table, extension)
        else:
            log.warning(GRANTS, schema)
