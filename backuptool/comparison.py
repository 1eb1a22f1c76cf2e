"""Is the copy the original? The copy is dumped again, the same way, and both dumps' facts are compared.

A restored database dumps again byte for byte the same, table by table (measured on PostgreSQL 13 to 18).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from backuptool.contents import DumpFacts, Scan, Table
from backuptool.contents.rows import differing
from backuptool.sources.pg_dump import PgDump

Key = tuple[str, str, int]
Text = Callable[[Scan], Iterator[bytes]]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was compared, and what came of it, in words; `same_text`: the dumps are the same in every byte.

    `differences`: the copy is not the original. `notes`: what could not be compared, or differs without harm.
    """

    tables: int
    rows: int
    same_text: bool
    differences: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def compare(wanted: DumpFacts, original: Text, copy: PgDump) -> Outcome:
    """Dump `copy` again and compare it with what was counted in the original's dump. Raises SourceError.

    `original`: that dump once more; asked for only where a table has as many rows, but not the same.
    """
    copy.prepare()
    scan = Scan()
    for _ in copy.text(scan):
        pass
    found = scan.result()
    closer = _look_closer(_suspects(found, wanted), original, copy.text)
    differences = [*_tables(found, wanted, closer), *_beside_tables(found, wanted)]
    notes = [*(note for note in closer.values() if _is_order(note)), *_more(found, wanted)]
    return Outcome(
        tables=len(wanted.tables),
        rows=sum(table.rows for table in wanted.tables),
        same_text=found.sha256 == wanted.sha256,
        differences=tuple(differences),
        notes=tuple(notes),
    )


def _key(table: Table) -> Key:
    return table.schema_, table.name, table.part


def called(key: Key) -> str:
    """What a person calls a table; `part`: of one that has several blocks of rows."""
    schema, name, part = key
    return f"{schema}.{name}" + (f" (part {part})" if part > 1 else "")


def _suspects(found: DumpFacts, wanted: DumpFacts) -> list[Key]:
    """Tables that are there on both sides and are not the same."""
    there = {_key(table): table for table in found.tables}
    return [key for table in wanted.tables if (key := _key(table)) in there and there[key] != table]


_ORDER = "has the same rows in another order"


def _is_order(note: str) -> bool:
    return note.endswith(_ORDER)


def _look_closer(suspects: list[Key], original: Text, copy: Text) -> dict[Key, str]:
    """What is different about each of these tables."""
    if not suspects:
        return {}
    ours, theirs = Scan(closely=suspects), Scan(closely=suspects)
    for text, scan in ((copy, ours), (original, theirs)):
        for _ in text(scan):
            pass
    return {key: _told(key, ours, theirs) for key in suspects}


def _told(key: Key, ours: Scan, theirs: Scan) -> str:
    found, wanted, name = ours.rows[key], theirs.rows[key], called(key)
    if found.is_only_another_order_of(wanted):
        return f"{name} {_ORDER}"
    counts = f"{found.count} rows, not {wanted.count}; " if found.count != wanted.count else ""
    return f"{name}: {counts}different: {differing(found, wanted)}"


def _tables(found: DumpFacts, wanted: DumpFacts, closer: dict[Key, str]) -> Iterator[str]:
    there = {_key(table) for table in found.tables}
    for table in wanted.tables:
        key = _key(table)
        if key not in there:
            yield f"{called(key)} is missing"
        elif key in closer and not _is_order(closer[key]):
            yield closer[key]


def _beside_tables(found: DumpFacts, wanted: DumpFacts) -> Iterator[str]:
    if changed := sorted(set(found.sequences) ^ set(wanted.sequences)):
        yield f"a sequence stands elsewhere: {changed[0]}"
    if found.large_objects.count != wanted.large_objects.count:
        yield f"{found.large_objects.count} large objects, not {wanted.large_objects.count}"
    elif found.large_objects != wanted.large_objects:
        yield f"a large object has other content (of {wanted.large_objects.count})"


def _more(found: DumpFacts, wanted: DumpFacts) -> Iterator[str]:
    """Rows that the dump did not carry as COPY data, as INSERTs for instance."""
    known = {_key(table) for table in wanted.tables}
    more = [called(_key(table)) for table in found.tables if _key(table) not in known and table.rows]
    if more:
        yield f"not compared, because the dump counts no rows of it: {', '.join(more[:3])}" + (
            f" and {len(more) - 3} more" if len(more) > 3 else ""
        )
