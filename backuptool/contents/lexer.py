r"""Where statements end in what pg_dump prints: literals, names, comments and bodies cannot fool it (manual, 4.1).

A function's body may hold a line `COPY … FROM stdin;`, a table's name too. Outside of COPY data this is little text.
"""

from __future__ import annotations

import re
from typing import NamedTuple

# What can hold a semicolon that ends nothing, and what ends or begins something.
# E'' and $$ begin nothing in the middle of a word.
OPENING = re.compile(
    rb"(?<![\w$\x80-\xff])(?:(?P<escaped>[eE]')|(?P<body>\$(?:[A-Za-z_\x80-\xff][\w\x80-\xff]*)?\$))"
    rb"|(?P<literal>')|(?P<name>\")|(?P<comment>--)|(?P<block>/\*)|(?P<psql>\\)|(?P<end>;)"
)
CLOSING = {
    "escaped": re.compile(rb"(?:[^'\\]++|\\.|'')*+'", re.DOTALL),
    "literal": re.compile(rb"(?:[^']++|'')*+'"),
    "name": re.compile(rb'(?:[^"]++|"")*+"'),
    "comment": re.compile(rb"[^\n]*+\n"),
    "psql": re.compile(rb"[^\n]*+\n"),
    "end": re.compile(rb""),
}
BLOCK = re.compile(rb"/\*|\*/")
# Bytes that may be the beginning of something whose rest has not come; `$` and a long tag is the longest.
UNSURE = 256


class Token(NamedTuple):
    """`kind` is a group of OPENING; `start` and `end` are offsets of it with all that it holds."""

    kind: str
    start: int
    end: int


def next_token(text: bytes, position: int, *, final: bool) -> Token | None:
    """The next token at or after `position`; None when more text is needed to say (`final`: there is no more)."""
    opening = OPENING.search(text, position)
    if opening is None or (not final and opening.start() > len(text) - UNSURE):
        return None
    kind = str(opening.lastgroup)
    end = _end(text, kind, opening)
    # A quote at the very end may be the first of a doubled one.
    return None if end is None or (end == len(text) and not final) else Token(kind, opening.start(), end)


def _end(text: bytes, kind: str, opening: re.Match[bytes]) -> int | None:
    if kind == "body":
        found = text.find(opening[0], opening.end())
        return None if found < 0 else found + len(opening[0])
    if kind == "block":
        return _end_of_block(text, opening.end())
    closing = CLOSING[kind].match(text, opening.end())
    return closing.end() if closing else None


def _end_of_block(text: bytes, position: int) -> int | None:
    """PostgreSQL's block comments nest."""
    depth = 1
    while depth and (found := BLOCK.search(text, position)):
        depth += 1 if found[0] == b"/*" else -1
        position = found.end()
    return None if depth else position
