"""Is the copy the original, asked quickly: rows and large objects are counted, not read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from backuptool.comparison import Outcome
from backuptool.contents import DumpFacts
from backuptool.sources.server import Server
from backuptool.sources.sql import identifier

Key = tuple[str, str]  # schema, name
THERE = """
    select nspname, relname, relkind from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = relnamespace
    where relkind in ('r', 'p', 'm')
"""
AT_ONCE = 200  # tables in one query: it is an argument to psql, 128 KiB at most


def count(wanted: DumpFacts, copy: Server) -> Outcome:
    """Compare the number of rows of each table, and of large objects, with the dump's. Raises SourceError."""
    rows = Counter[Key]()
    for table in wanted.tables:
        rows[table.schema_, table.name] += table.rows
    there = {(_shown(schema), _shown(name)): _relation(schema, name, kind) for schema, name, kind in copy.query(THERE)}
    known = sorted(set(rows) & set(there))
    found: dict[Key, int] = {}
    for start in range(0, len(known), AT_ONCE):
        found |= _counted(copy, {key: there[key] for key in known[start : start + AT_ONCE]})
    missing = (f"{schema}.{name} is missing" for schema, name in sorted(set(rows) - set(there)))
    return Outcome(
        tables=len(known),
        rows=sum(rows[key] for key in known),
        same_text=False,
        differences=(*missing, *_counts(rows, found), *_objects(wanted, copy)),
    )


def _shown(name: str) -> str:
    """As pg_dump's comments have it, where the dump's names are from (sanitize_line in its dumputils.c)."""
    return name.replace("\n", " ").replace("\r", " ")


def _relation(schema: str, name: str, kind: str) -> str:
    """Of a table that others inherit from, its own rows only: theirs are counted with them."""
    return f"{'' if kind == 'p' else 'only '}{identifier(schema)}.{identifier(name)}"


def _counted(copy: Server, relations: dict[Key, str]) -> dict[Key, int]:
    keys = list(relations)
    counts = (f"select {number}, count(*) from {relations[key]}" for number, key in enumerate(keys))  # noqa: S608 - quoted
    return {keys[int(number)]: int(count) for number, count in copy.query(" union all ".join(counts))}


def _counts(rows: Counter[Key], found: dict[Key, int]) -> Iterator[str]:
    for (schema, name), number in found.items():
        if number != rows[schema, name]:
            yield f"{schema}.{name}: {number} rows, not {rows[schema, name]}"


def _objects(wanted: DumpFacts, copy: Server) -> Iterator[str]:
    ((objects,),) = copy.query("select count(*) from pg_catalog.pg_largeobject_metadata")
    if int(objects) != wanted.large_objects.count:
        yield f"{objects} large objects, not {wanted.large_objects.count}"
