"""Whether what a store has is what was put into it.

The bytes themselves are compared, not sums of them: a processor without instructions for SHA-256 reads 0.3 GB a second
for one. A PUT to Apache in this host went at 0.38 of the speed of `curl -T` with it, and goes at 0.94 without.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path


def same(path: Path, blocks: Iterable[bytes]) -> bool:
    """Whether `blocks` are the bytes of the file at `path`, all of them and no more. Raises OSError."""
    with path.open("rb") as file:
        return all(file.read(len(block)) == block for block in blocks) and not file.read(1)
