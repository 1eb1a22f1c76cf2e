"""What `[`, `[[` and `test` say, as far as that is known without them."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

TESTING = frozenset({"[", "[[", "test"})
EQUAL, SAME = frozenset({"=", "==", "!="}), frozenset({"-eq", "-ne"})
NUMBER = re.compile("0|-?[1-9][0-9]{0,17}")
IS_THERE = frozenset({"-e", "-f", "-r", "-s"})  # what a test asks of a file that can be read
MOST = 50  # words: each may take a call within the last, of which Python has a thousand
OR, AND = frozenset({"||", "-o"}), frozenset({"&&", "-a"})


def outcome(words: Sequence[str | None], is_there: Callable[[str], bool]) -> bool | None:
    """Of a test with `words`; None where it is not known, as of a word that is None."""
    if {"(", ")"} & {*words} or len(words) > MOST:
        return None
    for operators, of_both in ((OR, _either), (AND, _each)):  # && binds more closely
        for at, word in enumerate(words):
            if word in operators:
                sides = words[:at], words[at + 1 :]
                if any(not side or (len(side) == 1 and str(side[0]).startswith("-")) for side in sides):
                    return None  # what it asked of has vanished, and the shell makes another test of it
                return of_both(*(outcome(side, is_there) for side in sides))
    return _of_one(words, is_there)


def _of_one(words: Sequence[str | None], is_there: Callable[[str], bool]) -> bool | None:
    match words:
        case ["!", *rest]:
            found = outcome(rest, is_there)
            return None if found is None else not found
        case ["-z" | "-n" as asked, str(text)]:
            return (asked == "-z") == (not text)
        case [] | [str()]:
            return any(words)
        case [str(one), str(asked), str(other)] if asked in EQUAL or (asked in SAME and _are_numbers(one, other)):
            return (asked in {"!=", "-ne"}) != (one == other)
        case [str(asked), str(path)] if asked in IS_THERE and is_there(path):
            return True
    return None


def _are_numbers(*texts: str) -> bool:
    return all(map(NUMBER.fullmatch, texts))


def _either(one: bool | None, other: bool | None) -> bool | None:
    return True if True in (one, other) else None if None in (one, other) else False


def _each(one: bool | None, other: bool | None) -> bool | None:
    return False if False in (one, other) else None if None in (one, other) else True
