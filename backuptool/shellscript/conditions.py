"""What `[`, `[[` and `test` say, as far as that is known without them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

TESTING = frozenset({"[", "[[", "test"})
IS_THERE = frozenset({"-e", "-f", "-r", "-s"})  # what a test asks of a file that can be read
PATTERN = frozenset("*?[(")  # which [[ looks for
MOST = 50  # words: each may take a call within the last, of which Python has a thousand
OR, AND = frozenset({"||", "-o"}), frozenset({"&&", "-a"})


def outcome(words: Sequence[str | None], is_there: Callable[[str], bool]) -> bool | None:
    """Of a test with `words`; None where it is not known, as of a word that is None."""
    words = [word for word in words if word not in {"]", "]]"}]
    if {"(", ")"} & {*words} or len(words) > MOST:
        return None
    for operators, of_both in ((OR, _either), (AND, _each)):  # && binds more closely
        for at, word in enumerate(words):
            if word in operators:
                return of_both(outcome(words[:at], is_there), outcome(words[at + 1 :], is_there))
    return _of_one(words, is_there)


def _of_one(words: Sequence[str | None], is_there: Callable[[str], bool]) -> bool | None:
    match words:
        case ["!", *rest]:
            found = outcome(rest, is_there)
            return None if found is None else not found
        case ["-z" | "-n" as asked, str(text)]:
            return (asked == "-z") == (not text)
        case [str(one), "=" | "==" | "!=" as asked, str(other)] if not set(other) & PATTERN:
            return (asked == "!=") != (one == other)
        case [str(asked), str(path)] if asked in IS_THERE and is_there(path):
            return True
    return None


def _either(one: bool | None, other: bool | None) -> bool | None:
    return True if True in (one, other) else None if None in (one, other) else False


def _each(one: bool | None, other: bool | None) -> bool | None:
    return False if False in (one, other) else None if None in (one, other) else True
