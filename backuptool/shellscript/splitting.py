"""What becomes of a word with parts that no quotes keep together: bash(1), Word Splitting, Pathname Expansion."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

BLANKS = re.compile(r"[ \t\n]+")
NAMES_FILES = re.compile(r"[*?]|\[.*\]", re.DOTALL)
NAMES_SEVERAL = re.compile(r"[*?]|\[.*\]|\{.*(?:,|\.\.).*\}", re.DOTALL)  # braces only where they stand in the script


def split(pieces: Iterable[tuple[str, bool]]) -> Iterator[str]:
    """The words that `pieces` make, each with whether it stays whole."""
    begun: str | None = None
    for text, whole in pieces:
        first, *others = [text] if whole else BLANKS.split(text)
        if first or whole:
            begun = (begun or "") + first
        for other in others:
            if begun is not None:
                yield begun
            begun = other or None
    if begun is not None:
        yield begun
