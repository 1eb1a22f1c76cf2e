"""Two dumps' facts side by side: what differs, in words."""

from __future__ import annotations

from collections.abc import Iterator

from backuptool.contents.model import DumpFacts, Table


def differences(found: DumpFacts, wanted: DumpFacts) -> list[str]:
    """One line for each thing in which `found` is not `wanted`; none when they are the same."""
    named = list(_named(found, wanted))
    if not named and found != wanted:
        named.append("something beside rows, sequences and large objects differs")
    return named


def _named(found: DumpFacts, wanted: DumpFacts) -> Iterator[str]:
    theirs = {_key(table): table for table in wanted.tables}
    ours = {_key(table): table for table in found.tables}
    for key, table in theirs.items():
        if key not in ours:
            yield f"table {_called(table)} is missing"
        elif ours[key].rows != table.rows:
            yield f"table {_called(table)} has {ours[key].rows} rows, not {table.rows}"
        elif ours[key] != table:
            yield f"table {_called(table)} has other content, in as many rows ({table.rows})"
    for key, table in ours.items():
        if key not in theirs:
            yield f"table {_called(table)} is new"
    if found.sequences != wanted.sequences:
        changed = set(found.sequences) ^ set(wanted.sequences)
        yield f"a sequence stands elsewhere: {min(changed, default='in another order')}"
    if found.large_objects != wanted.large_objects:
        yield f"the large objects differ: {found.large_objects.count}, not {wanted.large_objects.count}, or their bytes"


def _key(table: Table) -> tuple[str, str, int]:
    return table.schema_, table.name, table.part


def _called(table: Table) -> str:
    part = f" (part {table.part})" if table.part > 1 else ""
    return f"{table.schema_}.{table.name}{part}"
