"""What becomes of a word with parts that no quotes keep together: bash(1), Word Splitting, Pathname Expansion."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

BLANKS = re.compile(r"[ \t\n]+")


def names_files(text: str) -> bool:
    """Whether the shell looks for files that are like `text`."""
    return not {"*", "?"}.isdisjoint(text) or {"[", "]"} <= {*text}


def names_several(text: str) -> bool:
    """The same of what stands in the script itself, where braces count too."""
    return names_files(text) or has_braces(text)


def has_braces(text: str) -> bool:
    """Whether bash makes several words of it: {a,b}, {1..3}."""
    return {"{", "}"} <= {*text} and ("," in text or ".." in text)


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
