"""Is the copy the original, asked quickly: rows and large objects are counted, not read."""

from __future__ import annotations

import os
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from backuptool.comparison import Outcome
from backuptool.contents import DumpFacts
from backuptool.sources.server import Server
from backuptool.sources.sql import identifier

Key = tuple[str, str]  # schema, name
THERE = """
    select nspname, relname, relkind,
        case when relispartition then 'partitions of ' || pg_catalog.pg_partition_root(c.oid)::text else '' end,
        exists (select from pg_catalog.pg_extension
            where extcondition[pg_catalog.array_position(extconfig, c.oid)] <> '')
    from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = relnamespace
    where relkind in ('r', 'p', 'm')
"""
AT_ONCE = 200  # tables in one query: it is an argument to psql, 128 KiB at most


@dataclass(frozen=True, slots=True)
class Relation:
    """A table of the copy: how a query names it, and what a person calls it, all partitions of a table together.

    Rows may fall into other partitions: an enum's hash is its label's id, another one on each server.
    """

    sql: str
    called: str


def count(wanted: DumpFacts, copy: Server) -> Outcome:
    """Compare the number of rows of each table, and of large objects, with the dump's. Raises SourceError."""
    rows = Counter[Key]()
    for table in wanted.tables:
        rows[table.schema_, table.name] += table.rows
    there = defaultdict[Key, list[Relation]](list)
    partly: set[Key] = set()  # what an extension brings itself stands in no dump (pg_extension_config_dump)
    for schema, name, kind, root, some in copy.query(THERE):
        key = _shown(schema), _shown(name)
        there[key].append(_relation(schema, name, kind, root))
        partly |= {key} if some == "t" else set()
    known = sorted((set(rows) & set(there)) - partly)
    relations = [relation for key in known for relation in there[key]]
    found, expected = Counter[str](), Counter[str]()
    for key in known:
        expected[there[key][0].called] += rows[key]
    for start in range(0, len(relations), AT_ONCE):
        found.update(_counted(copy, relations[start : start + AT_ONCE]))
    missing = (f"{schema}.{name} is missing" for schema, name in sorted(set(rows) - set(there)))
    other = (f"{one}: {found[one]} rows, not {number}" for one, number in expected.items() if found[one] != number)
    return Outcome(
        tables=len(relations),
        rows=sum(rows[key] for key in known),
        same_text=False,
        differences=(*missing, *other, *_objects(wanted, copy)),
        notes=tuple(
            f"{'.'.join(key)} was not counted: an extension has rows in it" for key in sorted(partly & set(rows))
        ),
    )


def _shown(name: str) -> str:
    """As the dump's names are, which are from pg_dump's comments (sanitize_line in its dumputils.c): text, whatever
    the encoding is."""
    return os.fsencode(name).decode("utf-8", "backslashreplace").replace("\n", " ").replace("\r", " ")


def _relation(schema: str, name: str, kind: str, root: str) -> Relation:
    """Of a table that others inherit from, its own rows only: theirs are counted with them."""
    sql = f"{'' if kind == 'p' else 'only '}{identifier(schema)}.{identifier(name)}"
    return Relation(sql, _shown(root) or f"{_shown(schema)}.{_shown(name)}")


def _counted(copy: Server, relations: list[Relation]) -> Counter[str]:
    counts = (f"select {number}, count(*) from {one.sql}" for number, one in enumerate(relations))  # noqa: S608 - quoted
    found = Counter[str]()
    for number, rows in copy.query(" union all ".join(counts)):
        found[relations[int(number)].called] += int(rows)
    return found


def _objects(wanted: DumpFacts, copy: Server) -> Iterator[str]:
    ((objects,),) = copy.query("select count(*) from pg_catalog.pg_largeobject_metadata")
    if int(objects) != wanted.large_objects.count:
        yield f"{objects} large objects, not {wanted.large_objects.count}"
