"""A closer look at the rows of one table: are they the same in another order, and if not, which differ?"""

from __future__ import annotations

import hashlib
from array import array

MOST = 2_000_000  # rows of a dump whose places are kept, 8 bytes each; of more, only whether they are the same is known
NAMED = 3  # rows that a person is told of


def _hash(line: bytes = b"") -> hashlib.blake2b:
    return hashlib.blake2b(line, digest_size=16)


class Rows:
    """A fingerprint of each row as it passes, in order (of the `most` first), and of all of them in no order."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._row = _hash()  # of what has come of the row that has no end yet: it may have a GB
        self._sum = 0
        self.places = array("Q")
        self.count = 0

    def add(self, piece: bytes | memoryview) -> None:
        """Some of the table's data, cut anywhere."""
        first, *lines = bytes(piece).split(b"\n")
        self._row.update(first)
        if not lines:
            return
        self._count(self._row.digest())
        for line in lines[:-1]:
            self._count(_hash(line).digest())
        self._row = _hash(lines[-1])

    def _count(self, digest: bytes) -> None:
        self._sum = (self._sum + int.from_bytes(digest, "big")) % (1 << 128)
        if self.count < self._most:
            self.places.append(int.from_bytes(digest[:8], "big"))
        self.count += 1

    def is_only_another_order_of(self, other: Rows) -> bool:
        """Whether both have the same rows, each as often."""
        return self.count == other.count and self._sum == other._sum


def differing(found: Rows, wanted: Rows) -> str:
    """Which rows differ, by their places in the dump: `row 7`, `rows 7, 9, 12 and 3 more`."""
    places = [place for place, (a, b) in enumerate(zip(found.places, wanted.places, strict=False), 1) if a != b]
    if not places:
        return f"after row {min(len(found.places), len(wanted.places))}"
    named = ", ".join(map(str, places[:NAMED]))
    more = f" and {len(places) - NAMED} more" if len(places) > NAMED else ""
    return f"row{'s' if len(places) > 1 else ''} {named}{more}"
