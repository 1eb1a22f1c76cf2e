"""What a command substitution puts out that only says where something is, such as $(dirname "$0")."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from contextlib import suppress

from backuptool.shellscript.grammar import Grammar
from backuptool.shellscript.parts import NoScript, Word
from backuptool.shellscript.tree import Listed, Simple

Words = Sequence[str | None]
PROGRAMS = frozenset({"dirname", "basename", "readlink", "realpath", "cd", "pwd"})


def output(text: str, expand: Callable[[Word], Words]) -> str | None:
    """Of the commands `text`, whose words are what `expand` makes of them; None where it is not known."""
    with suppress(NoScript):  # an error, which the shell tells
        match [*Grammar(text)]:
            case [Simple(words=words)]:
                return _of_path(_expanded(words, expand))
            case [Simple(words=first), Simple(words=second)]:
                return _of_folder(_expanded(first, expand), _expanded(second, expand))
            case [Listed(left=Simple(words=first), operator="&&", right=Simple(words=second))]:
                return _of_folder(_expanded(first, expand), _expanded(second, expand))
    return None


def _expanded(words: Sequence[Word], expand: Callable[[Word], Words]) -> Words:
    return [one for word in words for one in expand(word) if one != "--"]


def _of_path(words: Words) -> str | None:
    match words:
        case ["dirname", str(path)]:
            return _split(path)[0].rstrip("/") or ("/" if path.startswith("/") else ".")
        case ["basename", str(path)]:
            return _split(path)[1] or path[:1]
        case ["basename", str(path), str(suffix)]:
            name = _split(path)[1] or path[:1]
            return name if name == suffix else name.removesuffix(suffix)
        case ["readlink", "-f" | "-e", str(path)] | ["realpath", str(path)] if path.startswith("/"):
            return os.path.realpath(path) if os.path.exists(path) else None  # noqa: PTH110 - Path's raises where a folder before it is closed
    return None


def _split(path: str) -> tuple[str, str]:
    before, _, last = path.rstrip("/").rpartition("/")
    return before, last


def _of_folder(goes: Words, says: Words) -> str | None:
    """`cd PATH` and `pwd`, each also with -P: then links are followed."""
    match goes, says:
        case ["cd", *options, str(path)], ["pwd", *more] if path.startswith("/") and {*options, *more} <= {"-P", "-L"}:
            found = os.path.realpath(path) if "-P" in {*options, *more} else os.path.normpath(path)
            return found if os.path.isdir(path) else None  # noqa: PTH112 - Path's raises where a folder before it is closed
    return None
