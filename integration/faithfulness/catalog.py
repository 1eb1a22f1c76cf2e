"""What the server itself says of a database, whatever a dump says: the queries in catalog.sql, and rows in sum."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from backuptool.sources.server import Server

CATALOG = Path(__file__).with_name("catalog.sql").read_text(encoding="utf-8")
QUERIES = re.findall(r"^-- (.*)\n(select .*\n(?:.+\n)*)", CATALOG, re.MULTILINE)
# What a dump has no rows of (materialised views), or not those of each table (partitions that hash an enum's labels).
RELATIONS = """
    select oid::regclass from pg_catalog.pg_class
    where relkind in ('m', 'p') and relispopulated and relnamespace <> 'pg_catalog'::regnamespace
    order by oid::regclass::text"""
ROWS = """
    select count(*), md5(string_agg(whole_row::text, E'\\n' order by whole_row::text collate "C")) from {0} whole_row"""


def answers(server: Server) -> Iterator[tuple[str, list[list[str]]]]:
    """What is asked, and the rows of the answer."""
    for name, sql in QUERIES:
        yield name, server.query(sql)
    for (relation,) in server.query(RELATIONS):
        yield f"rows of {relation}", server.query(ROWS.format(relation))
