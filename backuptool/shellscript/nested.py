"""The parts of a word, and those in the words of its defaults and patterns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from backuptool.shellscript.parts import Part, Reference, Unknown, Word
from backuptool.shellscript.quoting import ARRAY
from backuptool.shellscript.words import Words


def every(parts: Sequence[Part]) -> Iterator[Part]:
    """Each of `parts`, and each that is within one."""
    for part in parts:
        yield part
        if isinstance(part, Reference):
            yield from every(part.word)


def words_of(part: Part) -> Iterator[Word]:
    """Those of an array; none of anything else."""
    if isinstance(part, Unknown) and part.what == ARRAY:
        yield from (word for word in Words(part.text) if isinstance(word, Word))
