"""Is the copy the original? The copy is dumped again, the same way, and both dumps' facts are compared.

A restored database dumps again byte for byte the same, table by table (measured on PostgreSQL 13 to 18).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

from backuptool.contents import DumpFacts, Scan, Table
from backuptool.contents.ddl import TOGETHER, Change, changes, comparable, reordered
from backuptool.contents.definitions import Definitions
from backuptool.contents.rows import Rows, differing
from backuptool.sources.pg_dump import PgDump

Key = tuple[str, str, int]
Text = Callable[[Scan], Iterator[bytes]]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was compared, and what came of it, in words; `same_text`: the dumps are the same in every byte.

    `differences`: the copy is not the original. `changes`: of its definitions. `notes`: what could not be compared, or
    differs without harm. `definitions`: of the copy and of the original, where their texts differ.
    """

    tables: int
    rows: int
    same_text: bool
    differences: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    changes: tuple[Change, ...] = ()
    definitions: tuple[Definitions, Definitions] | None = field(default=None, compare=False, repr=False)


def compare(wanted: DumpFacts, original: Text, copy: PgDump) -> Outcome:
    """Dump `copy` again and compare it with what was counted in the original's dump. Raises SourceError.

    `original`: that dump once more; asked for only where the copy's has another text. What differs is looked at again
    under the database's own settings: a container's own script prints times in its TimeZone.
    """
    outcome = _compared(wanted, original, copy)
    if not outcome.differences:
        return outcome
    again = _compared(wanted, original, copy.as_a_script_does())
    return outcome if again.differences else again


def compare_definitions_too(wanted: DumpFacts, original: Text, copy: PgDump) -> tuple[Outcome, PgDump]:
    """As `compare`, and how the copy was dumped so that its definitions are printed as the original's are.

    A container's own script may leave out the owners, dump rows as INSERT statements, and prints definitions too under
    the database's own settings.
    """
    outcome = _compared(wanted, original, copy)
    if outcome.definitions and (extra := _as_dumped(*outcome.definitions)):
        copy = replace(copy, extra=(*copy.extra, *extra))
        outcome = _compared(wanted, original, copy)
    if not _unlike(outcome):
        return outcome, copy
    as_a_script_does = copy.as_a_script_does()
    again = _compared(wanted, original, as_a_script_does)
    return (again, as_a_script_does) if _unlike(again) < _unlike(outcome) else (outcome, copy)


def _as_dumped(found: Definitions, wanted: Definitions) -> tuple[str, ...]:
    """The arguments that were missing to print the copy as the original was."""
    rows = wanted.inserts if wanted.inserts != found.inserts else ()
    return (*rows, "--no-owner") if found.owned and not wanted.owned else rows


def _unlike(outcome: Outcome) -> int:
    """How much differs that PostgreSQL itself does not print anew."""
    return len(outcome.differences) + sum(change.how != "reprinted" for change in outcome.changes)


def _compared(wanted: DumpFacts, original: Text, copy: PgDump) -> Outcome:
    copy.prepare()
    ours, theirs = Definitions(), Definitions()
    found = _scanned(copy.text, Scan(ours)).result()
    rows = sum(table.rows for table in wanted.tables)
    if found.sha256 == wanted.sha256:
        return Outcome(len(wanted.tables), rows, same_text=True)
    _scanned(original, Scan(theirs))
    found, wanted = comparable(found, ours, theirs), comparable(wanted, theirs, ours)
    closer = _look_closer(_suspects(found, wanted), original, copy, reordered(ours, theirs))
    return Outcome(
        len(wanted.tables),
        rows,
        same_text=False,
        differences=(*_tables(found, wanted, closer), *_beside_tables(found, wanted)),
        notes=(*(note for note in closer.values() if _is_harmless(note)), *_more(found, wanted)),
        changes=tuple(changes(ours, theirs)),
        definitions=(ours, theirs),
    )


def _scanned(text: Text, scan: Scan) -> Scan:
    for _ in text(scan):
        pass
    return scan


def _key(table: Table) -> Key:
    return table.schema_, table.name, table.part


def called(key: Key) -> str:
    """What a person calls a table; `part`: of one that has several blocks of rows."""
    schema, name, part = key
    if schema == TOGETHER:
        return f"{schema} {name}"
    return f"{schema}.{name}" + (f" (part {part})" if part > 1 else "")


def _suspects(found: DumpFacts, wanted: DumpFacts) -> list[Key]:
    """Tables that are there on both sides and are not the same; of partitions only what they have together is known."""
    there = {_key(table): table for table in found.tables if table.schema_ != TOGETHER}
    return [key for table in wanted.tables if (key := _key(table)) in there and there[key] != table]


_ORDER = "has the same rows in another order"
_COLUMNS = "has its columns in another order, and the same rows"


def _is_harmless(note: str) -> bool:
    return note.endswith((_ORDER, _COLUMNS))


def _look_closer(suspects: list[Key], original: Text, copy: PgDump, columns: dict[Key, bytes]) -> dict[Key, str]:
    """What is different about these tables, in words.

    `columns`: what makes the copy's server print a table as the original did, where its columns have another order.
    """
    if not suspects:
        return {}
    wanted = _scanned(original, Scan(closely=suspects)).rows
    plain = [key for key in suspects if key not in columns]
    found = _scanned(copy.text, Scan(closely=plain)).rows if plain else {}
    for key in set(suspects) & columns.keys():
        found[key] = _printed(copy, columns[key])
    return {key: _told(key, found[key], rows, key in columns) for key, rows in wanted.items()}


def _printed(copy: PgDump, statement: bytes) -> Rows:
    rows = Rows()
    for chunk in copy.server.read(copy.server.psql("-c", os.fsdecode(statement), options=copy.options)):
        rows.add(chunk)
    return rows


def _told(key: Key, found: Rows, wanted: Rows, columns: bool) -> str:
    name = called(key)
    if found.is_only_another_order_of(wanted):
        return f"{name} {_COLUMNS if columns else _ORDER}"
    counts = f"{found.count} rows, not {wanted.count}; " if found.count != wanted.count else ""
    return f"{name}: {counts}different: {differing(found, wanted)}"


def _tables(found: DumpFacts, wanted: DumpFacts, closer: dict[Key, str]) -> Iterator[str]:
    there = {_key(table): table for table in found.tables}
    for table in wanted.tables:
        key = _key(table)
        if key not in there:
            yield f"{called(key)} is missing"
        elif table.schema_ == TOGETHER and there[key] != table:
            yield f"{called(key)}: {there[key].rows} rows, not {table.rows}, or others"
        elif key in closer and not _is_harmless(closer[key]):
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
