"""Whether a copy is the original: what differs, one line each, that PostgreSQL itself does not account for."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass

from backuptool.contents import DumpFacts, Table, differences
from backuptool.contents.ddl import TOGETHER, changes, comparable, reordered, unsettled
from backuptool.sources.server import Server
from integration.faithfulness.backups import Backup, rows_of
from integration.faithfulness.catalog import answers

OTHER_NAME = {"database", "database_size"}


@dataclass(frozen=True, slots=True)
class Place:
    """A database that was backed up: the way to it, and its backup."""

    server: Server
    backup: Backup


def unlike(copy: Place, original: Place, again: Callable[[], Backup], known: Collection[str] = ()) -> Iterator[str]:
    """What in the copy is not as in the original. `again` restores the copy's backup and backs that up.

    `known`: the objects that PostgreSQL itself is known to print differently after a restore.
    """
    yield from _definitions(copy.backup, original.backup, again, known)
    yield from data(copy, original)
    for name in ("database", "roles"):  # 13 prints settings in the order in which they were made
        if sorted(getattr(copy.backup, name)) != sorted(getattr(original.backup, name)):
            yield f"the SQL of the {name} differs"
    ours, theirs = (place.backup.contents.server.model_dump(exclude=OTHER_NAME) for place in (copy, original))
    yield from (f"{name}: {ours[name]}, not {theirs[name]}" for name in ours if ours[name] != theirs[name])
    yield from _answers(copy.server, original.server)


def _answers(copy: Server, original: Server) -> Iterator[str]:
    ours, theirs = dict(answers(copy)), dict(answers(original))
    for name in {**theirs, **ours}:
        yield from (f"{name}: {row} is missing" for row in theirs.get(name, []) if row not in ours.get(name, []))
        yield from (f"{name}: {row} is new" for row in ours.get(name, []) if row not in theirs.get(name, []))


def _definitions(copy: Backup, original: Backup, again: Callable[[], Backup], known: Collection[str]) -> Iterator[str]:
    found = changes(copy.definitions, original.definitions)
    if any(change.how == "reprinted" for change in found):
        found_still = unsettled(copy.definitions, original.definitions, again().definitions)
        yield from map(str, found_still)
        yield from (f"{change}, once" for change in found if change.how == "reprinted" and str(change.key) not in known)
    else:
        yield from map(str, found)


def data(copy: Place, original: Place) -> Iterator[str]:
    """What of rows, sequences and large objects differs; where all definitions are the same, any byte of the dump."""
    wanted, found = original.backup.contents.dump, copy.backup.contents.dump
    statements = reordered(copy.backup.definitions, original.backup.definitions)
    tables = tuple(_in_order(table, statements, copy.server) for table in found.tables)
    update: dict[str, object] = {"tables": tables}
    if changes(copy.backup.definitions, original.backup.definitions):
        update |= {"sha256": wanted.sha256, "bytes": wanted.bytes}
    ours = comparable(found.model_copy(update=update), copy.backup.definitions)
    theirs = comparable(wanted, original.backup.definitions)
    yield from differences(_sorted(ours, copy.server), _sorted(theirs, original.server))


def _sorted(facts: DumpFacts, server: Server) -> DumpFacts:
    """Rows that fall into other partitions on each server, as one table, in an order that is the same on all."""
    in_order = b'COPY (SELECT * FROM %b AS r ORDER BY r::text COLLATE "C") TO STDOUT'
    tables = tuple(
        _printed(table, in_order % os.fsencode(table.name), server) if table.schema_ == TOGETHER else table
        for table in facts.tables
    )
    return facts.model_copy(update={"tables": tables})


def _in_order(table: Table, statements: dict[tuple[str, str, int], bytes], server: Server) -> Table:
    statement = statements.get((table.schema_, table.name, table.part))
    return table if statement is None else _printed(table, statement, server)


def _printed(table: Table, statement: bytes, server: Server) -> Table:
    rows, size, digest = rows_of(server, statement)
    return Table(schema_=table.schema_, name=table.name, part=table.part, rows=rows, bytes=size, sha256=digest)
