"""A script's words as simple commands, in order; and whether one only runs under a condition."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from backuptool.shellscript.parts import Mark, Text, Word
from backuptool.shellscript.words import Words

OPENS = frozenset({"if", "case", "while", "until", "for", "select", "{"})
CLOSES = frozenset({"fi", "esac", "done", "}"})
BETWEEN = frozenset({"then", "else", "elif", "do", "!", "time"})


@dataclass(frozen=True, slots=True)
class Command:
    """A command's words. `certain`: it runs whenever the script does, as far as its place in it tells."""

    words: tuple[Word, ...]
    certain: bool


def commands(text: str) -> Iterator[Command]:
    """Every simple command of the script `text`. Raises NoScript."""
    depth = parentheses = 0
    words: list[Word] = []
    redirected = names = False
    before = "\n"
    for token in (*Words(text), Mark("\n")):
        if isinstance(token, Word):
            keyword = plain(token) if not words else ""
            if redirected:
                redirected = False
            elif names or keyword == "function":  # its name follows, then a body as behind `name()`
                names = not names
            elif keyword in OPENS or keyword in CLOSES:
                depth = max(0, depth + (1 if keyword in OPENS else -1))
                if keyword in {"for", "case", "select"}:
                    words.append(token)  # `in` and what follows are no command
            elif keyword not in BETWEEN:
                words.append(token)
        elif token.text == ">":
            redirected = True
        else:
            if words:
                yield Command(tuple(words), depth + parentheses == 0 and before not in {"&&", "||"})
            words, before, names = [], token.text, False
            # `x)` of a case has no opening one
            parentheses = max(0, parentheses + {"(": 1, ")": -1}.get(token.text, 0))


def plain(word: Word) -> str:
    """A word without quotes and expansions, such as a keyword; empty for any other."""
    return (
        word.parts[0].text
        if len(word.parts) == 1 and isinstance(word.parts[0], Text) and not word.parts[0].quoted
        else ""
    )
