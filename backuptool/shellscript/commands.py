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
    """A command's words. `certain`: it runs whenever the script does, as far as its place in it tells. `function`: the
    number of the function whose body it is in, 0 outside of any."""

    words: tuple[Word, ...]
    certain: bool
    function: int


@dataclass(slots=True)
class _Nesting:
    """Where a word is in compound commands. `coming`: a function's name was read, and `{` begins its body."""

    function: int = 0
    coming: bool = False
    _depth: int = 0
    _parentheses: int = 0
    _before: str = "\n"
    _body: int = 0
    _bodies: int = 0

    @property
    def certain(self) -> bool:
        return self._depth + self._parentheses == 0 and self._before not in {"&&", "||"}

    def pass_keyword(self, keyword: str) -> None:
        self._depth = max(0, self._depth + (1 if keyword in OPENS else -1))
        if keyword == "{" and self.coming and not self._body:
            self._bodies += 1
            self._body, self.function = self._depth, self._bodies
        if self._depth < self._body:
            self._body = self.function = 0
        self.coming = False

    def pass_mark(self, mark: str, *, alone: bool) -> None:
        """`alone`: there was no word behind the mark before."""
        if mark != "\n":
            self.coming = alone and (self._before, mark) == ("(", ")")
        # `x)` of a case has no opening one
        self._parentheses = max(0, self._parentheses + {"(": 1, ")": -1}.get(mark, 0))
        self._before = mark


def commands(text: str) -> Iterator[Command]:
    """Every simple command of the script `text`. Raises NoScript."""
    nesting = _Nesting()
    words: list[Word] = []
    redirected = names = False
    for token in (*Words(text), Mark("\n")):
        if isinstance(token, Word):
            keyword = plain(token) if not words else ""
            if redirected:
                redirected = False
            elif names or keyword == "function":  # its name follows, then a body as behind `name()`
                names, nesting.coming = not names, True
            elif keyword in OPENS or keyword in CLOSES:
                nesting.pass_keyword(keyword)
                if keyword in {"for", "case", "select"}:
                    words.append(token)  # `in` and what follows are no command
            elif keyword not in BETWEEN:
                words.append(token)
        elif token.text == ">":
            redirected = True
        else:
            if words:
                yield Command(tuple(words), nesting.certain, nesting.function)
            nesting.pass_mark(token.text, alone=not words)
            words, names = [], False


def plain(word: Word) -> str:
    """A word without quotes and expansions, such as a keyword; empty for any other."""
    return (
        word.parts[0].text
        if len(word.parts) == 1 and isinstance(word.parts[0], Text) and not word.parts[0].quoted
        else ""
    )
