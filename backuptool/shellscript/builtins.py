"""The shell's own commands that set variables or end a script, however they are written."""

from __future__ import annotations

from collections.abc import Sequence

from backuptool.shellscript.parts import Text, Word

DECLARING = frozenset({"export", "readonly", "declare", "typeset", "local"})
TAKING = dict.fromkeys(("read", "mapfile", "readarray", "getopts"), "is read while it runs") | dict.fromkeys(
    ("for", "select"), "is what a loop goes through"
)
ENDING = frozenset({"exit", "exec", "return"})
TESTING = frozenset({"[", "[[", "test"})
IS_THERE = frozenset({"-e", "-f", "-r", "-s"})  # what a test asks of a file that can be read
BEFORE = frozenset({"command", "builtin"})


def literal(word: Word) -> str:
    """A word without expansions, whose quotes do not matter to a command; empty for any other."""
    texts = [part.text for part in word.parts if isinstance(part, Text)]
    return "".join(texts) if len(texts) == len(word.parts) else ""


def unwrapped(words: Sequence[Word]) -> Sequence[Word]:
    """A command behind `command` or `builtin`; as it is where they only speak of it (command -v)."""
    rest = words
    while len(rest) > 1 and literal(rest[0]) in BEFORE:
        rest = rest[2:] if literal(rest[1]) in {"-p", "--"} else rest[1:]
    return words if not rest or literal(rest[0]).startswith("-") else rest
