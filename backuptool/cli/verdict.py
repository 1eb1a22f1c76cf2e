"""What verify found, in words and as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from backuptool.cli.show import number, size, table
from backuptool.contents import Contents
from backuptool.verify import Verdict


def as_json(label: str, verdict: Verdict) -> dict[str, Any]:
    """One backup in one store; `contents` is null where nothing here decrypts it."""
    contents = verdict.contents
    return {
        "backup": verdict.stem.bundle,
        "store": label,
        "size": verdict.size,
        "sequence": verdict.sequence,
        "decrypted": contents is not None,
        "dump_size": contents.plain["sql"] if contents else None,
        "verdict": "whole" if contents else "authentic",
        "contents": json.loads(contents.encode()) if contents else None,
    }


def in_words(label: str, verdict: Verdict, *, verbose: bool) -> Iterator[str]:
    """Lines for a person; `verbose`: what the dump holds."""
    yield verdict.stem.bundle
    if verdict.contents is None:
        yield "  authentic by its signature; not decrypted"
    else:
        yield f"  authentic and whole, a dump of {size(verdict.contents.plain['sql'])}"
    yield f"  in {label}"
    if verbose and verdict.contents is not None:
        yield from _contents(verdict.contents)


def _contents(contents: Contents) -> Iterator[str]:
    server, dump = contents.server, contents.dump
    yield f"  database {server.database}, {server.encoding}, {server.collation}, TimeZone {server.timezone}"
    yield f"  PostgreSQL {server.server_version}, pg_dump {server.pg_dump_version}"
    yield f"  extensions: {', '.join(f'{name} {version}' for name, version in server.extensions.items()) or 'none'}"
    tables, sequences, objects = len(dump.tables), len(dump.sequences), dump.large_objects.count
    yield f"  {number(tables, 'table')}, {number(sequences, 'sequence')}, {number(objects, 'large object')}"
    rows = [
        (
            f"    {one.schema_}.{one.name}" + (f" ({one.part})" if one.part > 1 else ""),
            f"{one.rows} rows",
            one.sha256[:12],
        )
        for one in dump.tables
    ]
    if rows:
        yield table(rows)
