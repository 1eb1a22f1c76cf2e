"""What is said of a database, changed by the server.

A comment is in the encoding of the database it was written from, and not all of its bytes can be sent from another one.
So the server copies them; they are cut by split_part, which compares bytes: what counts characters (strpos, a regular
expression) fails or loses its way in the bytes of another encoding.
"""

from __future__ import annotations

from backuptool.sources.sql import literal

COPIED = """
    begin execute (
        select pg_catalog.format('comment on database %I is %L', {name}, {comment}) from pg_catalog.pg_database,
            pg_catalog.shobj_description(oid, 'pg_database') now where datname = {of}
    ); end
"""


def commenting(name: str, comment: str, of: str) -> str:
    """The statement that gives the database `name` a comment: an expression of `now`, which is the one `of` another."""
    return f"do {literal(COPIED.format(name=literal(name), comment=comment, of=literal(of)))}"


def ahead_of(mark: str) -> str:
    """The expression for what stands in a comment before a `mark` of ours (and the line's end before that)."""
    return f"nullif(pg_catalog.split_part(pg_catalog.split_part(now, E'\\n{mark}', 1), '{mark}', 1), '')"
