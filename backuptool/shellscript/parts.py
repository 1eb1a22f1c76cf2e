"""What a script's text is made of: words, their parts, and what stands between words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


class NoScript(Exception):
    """The text ends within a quote, so that no shell reads it either; or it is none that is followed here."""

    def __init__(self, line: int, why: str = "is not closed") -> None:
        super().__init__(f"what begins in line {line} {why}")


@dataclass(frozen=True, slots=True)
class Text:
    """Characters that stand for themselves. `bash`: other shells read something else there."""

    text: str
    quoted: bool = False
    bash: bool = False


@dataclass(frozen=True, slots=True)
class Reference:
    """The value of a variable; with an `operator` of ${NAME:-word} and the like, and its word."""

    name: str
    operator: str = ""
    word: tuple[Part, ...] = ()
    quoted: bool = False


@dataclass(frozen=True, slots=True)
class Unknown:
    """What only the shell can work out; `text`: what stands in the parentheses of an array or a substitution."""

    what: str
    text: str = ""
    quoted: bool = False


Part = Text | Reference | Unknown


@dataclass(frozen=True, slots=True)
class Word:
    """One word of a command, and the line that it begins in."""

    parts: tuple[Part, ...]
    line: int


@dataclass(frozen=True, slots=True)
class Mark:
    """What stands between words: one of SEPARATORS, or `>` for any redirection, whose word follows."""

    text: str


def plain(word: Word) -> str:
    """A word without quotes and expansions, such as a keyword; empty for any other."""
    match word.parts:
        case [Text(text=text, quoted=False)]:
            return text
    return ""


def literal(word: Word) -> str:
    """A word without expansions, whose quotes do not matter to a command; empty for any other."""
    texts = [part.text for part in word.parts if isinstance(part, Text)]
    return "".join(texts) if len(texts) == len(word.parts) else ""


def merged(parts: Sequence[Part]) -> list[Part]:
    """The parts, plain texts beside each other as one: those of a default come letter by letter."""
    found: list[Part] = []
    for part in parts:
        before = found[-1] if found else None
        if isinstance(part, Text) and not part.quoted and isinstance(before, Text) and not before.quoted:
            found[-1] = Text(before.text + part.text)
        else:
            found.append(part)
    return found
