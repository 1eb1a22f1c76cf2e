r"""Two dumps' definitions side by side: which objects differ.

PostgreSQL itself prints some definitions differently after a perfect restore, once (contents.reprinted). Such a text
has the same words (Entry.loose), and is the same again in the dump of the copy's own copy: the fixpoint. Either alone
would let something through: a lost index is lost in the second copy too.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from dataclasses import dataclass
from typing import Literal

from backuptool.contents.definitions import LARGE_OBJECTS, SETTING, Definitions, Entry, Key
from backuptool.contents.inserts import only_reordered
from backuptool.contents.model import DumpFacts, Table
from backuptool.contents.reprinted import columns

SUMMED_UP = (SETTING, LARGE_OBJECTS)  # many things each, of which one digest is kept
DIFFERENT = {
    "TABLE DATA": "has other rows",  # as INSERT statements; of COPY data the rows themselves are compared
    "ACL": "grants something else",
    "COMMENT": "says something else",
}
TOGETHER = "partitions of"  # the schema of what stands for all partitions of a table


@dataclass(frozen=True, slots=True)
class Change:
    """How an object of the copy is not as in the original; `reprinted` may be PostgreSQL's own doing."""

    key: Key
    how: Literal["missing", "new", "different", "reprinted", "elsewhere"]

    def __str__(self) -> str:
        if self.key in SUMMED_UP:
            return f"{self.key} differ"
        said = {"different": DIFFERENT.get(self.key.type, "has another definition"),
                "reprinted": "is printed differently", "elsewhere": "stands elsewhere in the dump"}  # fmt: skip
        return f"{self.key} {said.get(self.how, f'is {self.how}')}"


def changes(found: Definitions, wanted: Definitions) -> list[Change]:
    """What of the copy `found` is not as in the original `wanted`."""
    ours, theirs = found.entries, wanted.entries
    made = [Change(key, how) for key, entry in theirs.items() if (how := _how(ours.get(key), entry))]
    made += [Change(key, "new") for key, entry in ours.items() if key not in theirs and not _is_nothing(key, entry)]
    both = [key for key in ours if key in theirs], [key for key in theirs if key in ours]
    return made + [Change(key, "elsewhere") for key, other in zip(*both, strict=True) if key != other][:1]


def _is_nothing(key: Key, entry: Entry) -> bool:
    """Whether a dump without it holds as much: data with no row, the comment that CREATE EXTENSION itself makes. Where
    sequences stand is compared as data."""
    made = key.type == "COMMENT" and key.name.startswith("EXTENSION ")
    return made or key.type == "SEQUENCE SET" or (key.type == "TABLE DATA" and not entry.filled)


def _how(ours: Entry | None, theirs: Entry) -> Literal["", "missing", "different", "reprinted"]:
    if ours is None:
        return "missing"
    if ours.exact == theirs.exact:
        return ""
    return "reprinted" if ours.loose and ours.loose == theirs.loose else "different"


def unsettled(found: Definitions, wanted: Definitions, again: Definitions) -> list[Change]:
    """Those changes that are no doing of PostgreSQL's own, and what is printed differently even in `again`, the dump of
    the copy's own copy: what is printed the same there was printed anew once, and is settled."""
    moving = changes(again, found)
    return [change for change in changes(found, wanted) if change.how != "reprinted"] + moving


def not_comparable(found: Definitions, wanted: Definitions) -> list[Change]:
    """Those changes that are rows as INSERT statements whose columns only have another order."""
    ours, theirs = found.entries, wanted.entries
    return [
        change for change in changes(found, wanted)
        if change.key in ours and change.key in theirs
        and only_reordered(ours[change.key].columns, theirs[change.key].columns)
    ]  # fmt: skip


def reordered(found: Definitions, wanted: Definitions) -> dict[tuple[str, str, int], bytes]:
    """The tables whose columns are in another order, by schema, name and part as contents.Table has them: the statement
    that has the copy's server print the rows as the original's dump has them, to be hashed anew."""
    ours = found.entries
    return {
        (key.schema, key.name, key.part): entry.copy.removesuffix(b"FROM stdin;") + b"TO STDOUT"
        for key, entry in wanted.entries.items()
        if entry.copy and key in ours and _how(ours[key], entry) == "reprinted"
    }


def roots(*definitions: Definitions) -> dict[tuple[str, str, int], str]:
    """The tables, as contents.Table has them, whose rows one of these dumps loads through a partitioned table, and that
    table. pg_dump does so itself for hash partitions by an enum, and all of them by --load-via-partition-root."""
    return {
        (key.schema, key.name, key.part): entry.root.decode("utf-8", "backslashreplace")
        for one in definitions for key, entry in one.entries.items() if entry.root
    }  # fmt: skip


def mixed(*definitions: Definitions) -> set[str]:
    """Those of the partitioned tables whose partitions have their columns in more than one order: the same row is
    another line when it falls into another partition."""
    through, orders = roots(*definitions), defaultdict[str, set[bytes]](set)
    for one in definitions:
        for key, entry in one.entries.items():
            root = through.get((key.schema, key.name, key.part))
            if root is not None and key.type == "TABLE DATA":
                orders[root].add(columns(entry.copy))
    return {root for root, found in orders.items() if len(found) > 1}


def comparable(facts: DumpFacts, definitions: Definitions, other: Definitions | None = None) -> DumpFacts:
    """The same facts as they stay on every server, whatever its version.

    Partitions that are loaded through their root, in this dump or in the `other`, are one table: an enum's hash is its
    label's id, another one on each server, so rows fall into other partitions. Its digest is that of its partitions;
    where it differs, the rows may still be the same. Of large objects a digest in which their order does not count.
    """
    through = roots(definitions, other or definitions)
    alone: list[Table] = []
    together: dict[str, list[Table]] = {}
    for table in facts.tables:
        root = through.get((table.schema_, table.name, table.part))
        (alone if root is None else together.setdefault(root, [])).append(table)
    objects = facts.large_objects.model_copy(update={"sha256": f"{definitions.large_objects:064x}"})
    joined = (_joined(root, tables) for root, tables in together.items())
    return facts.model_copy(update={"tables": (*alone, *joined), "large_objects": objects})


def _joined(root: str, tables: list[Table]) -> Table:
    each = sorted((table.schema_, table.name, table.part, table.sha256) for table in tables)
    return Table(
        schema_=TOGETHER, name=root, part=1,
        rows=sum(table.rows for table in tables), bytes=sum(table.bytes for table in tables),
        sha256=hashlib.sha256(repr(each).encode()).hexdigest(),
    )  # fmt: skip
