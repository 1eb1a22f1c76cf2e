"""Is the copy the original? The copy is dumped again, the same way, and both dumps' facts are compared.

A restored database dumps again byte for byte the same, table by table (measured on PostgreSQL 13 to 18).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

from backuptool.contents import DumpFacts, Scan, Table
from backuptool.contents.ddl import TOGETHER, Change, changes, comparable, mixed, reordered, roots
from backuptool.contents.definitions import Definitions
from backuptool.contents.rows import MOST, Rows, differing
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
    closer = _look_closer(_suspects(found, wanted), original, copy, ours, theirs)
    return Outcome(
        len(wanted.tables),
        rows,
        same_text=False,
        differences=(*_tables(found, wanted, closer), *_beside_tables(found, wanted)),
        notes=(*(said for said, harmless in closer.values() if harmless), *_more(found, wanted)),
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
    """Tables that are there on both sides and are not the same."""
    there = {_key(table): table for table in found.tables}
    return [key for table in wanted.tables if (key := _key(table)) in there and there[key] != table]


UNUSED = ", false);"  # setval of a sequence that has given no number yet
_ORDER = "the same rows in another order"
_COLUMNS = "its columns in another order, and the same rows"
_PARTITIONS = "the same rows, in other partitions or another order"
_MIXED = "was not compared row by row: its columns have several orders"


def _look_closer(
    suspects: list[Key], original: Text, copy: PgDump, ours: Definitions, theirs: Definitions
) -> dict[Key, tuple[str, bool]]:
    """What is different about these tables, in words, and whether that is no difference of their rows."""
    if not suspects:
        return {}
    together = {key: (TOGETHER, root, 1) for key, root in roots(ours, theirs).items()}
    columns, unordered = reordered(ours, theirs), mixed(ours, theirs)
    wanted, found = _rows(suspects), _rows(suspects)
    _scanned(original, Scan(closely=_members(wanted, together)))
    printed = suspects & columns.keys()
    if plain := {key: rows for key, rows in found.items() if key not in printed}:
        _scanned(copy.text, Scan(closely=_members(plain, together)))
    for key in printed:
        _print(copy, columns[key], found[key])
    return {
        key: _only_counted(key, found[key], wanted[key]) if key[0] == TOGETHER and key[1] in unordered
        else _told(key, found[key], wanted[key], _COLUMNS if key in printed else _ORDER)
        for key in suspects
    }  # fmt: skip


def _rows(suspects: list[Key]) -> dict[Key, Rows]:
    return {key: Rows(most=MOST // len(suspects)) for key in suspects}


def _members(rows: dict[Key, Rows], together: dict[Key, Key]) -> dict[Key, Rows]:
    """What looks at which table's rows: one looks at all partitions of a table."""
    return rows | {part: rows[root] for part, root in together.items() if root in rows}


def _print(copy: PgDump, statement: bytes, rows: Rows) -> None:
    """Have the copy's server print a table as the original did, whose columns have another order there."""
    for chunk in copy.server.read(copy.server.psql("-c", os.fsdecode(statement), options=copy.options)):
        rows.add(chunk)


def _told(key: Key, found: Rows, wanted: Rows, same: str) -> tuple[str, bool]:
    if found.is_only_another_order_of(wanted):
        return f"{called(key)} has {_PARTITIONS if key[0] == TOGETHER else same}", True
    which = "some rows" if key[0] == TOGETHER else differing(found, wanted)
    return f"{called(key)}: {_counts(found, wanted)}different: {which}", False


def _only_counted(key: Key, found: Rows, wanted: Rows) -> tuple[str, bool]:
    counts = _counts(found, wanted)
    return (f"{called(key)}: {counts}different: some rows", False) if counts else (f"{called(key)} {_MIXED}", True)


def _counts(found: Rows, wanted: Rows) -> str:
    return f"{found.count} rows, not {wanted.count}; " if found.count != wanted.count else ""


def _tables(found: DumpFacts, wanted: DumpFacts, closer: dict[Key, tuple[str, bool]]) -> Iterator[str]:
    there = {_key(table) for table in found.tables}
    for key in map(_key, wanted.tables):
        if key not in there:
            yield f"{called(key)} is missing"
        elif key in closer and not closer[key][1]:
            yield closer[key][0]


def _beside_tables(found: DumpFacts, wanted: DumpFacts) -> Iterator[str]:
    ours, theirs = set(found.sequences), set(wanted.sequences)
    # Of a sequence that was left out by --exclude-table-data, which the copy has as it was made.
    new = {one for one in ours - theirs if not one.endswith(UNUSED)}
    if changed := sorted(theirs - ours | new):
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
