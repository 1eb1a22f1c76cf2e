"""A script's words as simple commands, in order; and whether one only runs under a condition."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from backuptool.shellscript.parts import Mark, Text, Word
from backuptool.shellscript.words import Words

OPENS = frozenset({"if", "case", "while", "until", "for", "select", "{"})
CLOSES = frozenset({"fi", "esac", "done", "}"})
PIPES = frozenset({"|", "|&"})
ENDS_A_CASE = frozenset({";;", ";&", ";;&"})
BETWEEN = frozenset({"then", "else", "elif", "do", "!", "time"})


@dataclass(frozen=True, slots=True)
class Command:
    """A command's words. `certain`: it runs whenever the script does, as far as its place in it tells. `function`: the
    number of the function whose body it is in, 0 outside of any. `apart`: in a shell of its own, as all in a pipeline
    is: what it sets is gone with that."""

    words: tuple[Word, ...]
    certain: bool
    function: int
    apart: bool = False


@dataclass(slots=True)
class _Nesting:
    """Where a word is in compound commands. `coming`: a function's name was read, and `{` begins its body. `patterns`:
    those of a `case` come, in which no word is a keyword."""

    function: int = 0
    coming: bool = False
    patterns: bool = False
    _depth: int = 0
    _parentheses: int = 0
    _before: str = "\n"
    _body: int = 0
    _bodies: int = 0

    @property
    def certain(self) -> bool:
        return self._depth + self._parentheses == 0 and self._before not in {"&&", "||"}

    @property
    def piped(self) -> bool:
        return self._before in PIPES

    def pass_keyword(self, keyword: str) -> None:
        self._depth = max(0, self._depth + (1 if keyword in OPENS else -1))
        self.patterns = False
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
        self._parentheses = max(0, self._parentheses + {"(": 1, ")": -1}.get(mark, 0))
        self._before = mark

    def pass_pattern(self, mark: str) -> None:
        """A `)` behind it is none that was opened."""
        self.patterns, self._before = mark != ")", mark


@dataclass(slots=True)
class _Reading:
    """The words of the command that is read. `names`: a function's name comes; `redirected`: a file's."""

    nesting: _Nesting = field(default_factory=_Nesting)
    words: list[Word] = field(default_factory=list)
    names: bool = False
    redirected: bool = False

    def pass_word(self, word: Word) -> None:
        if self.redirected:
            self.redirected = False
        elif self._takes(word):
            self.words.append(word)

    def _takes(self, word: Word) -> bool:
        keyword = "" if self.words else plain(word)
        if self.nesting.patterns and keyword != "esac":
            return True
        if self.names or keyword == "function":  # its name follows, then a body as behind `name()`
            self.names, self.nesting.coming = not self.names, True
            return False
        if keyword in OPENS or keyword in CLOSES:
            self.nesting.pass_keyword(keyword)
            return keyword in {"for", "case", "select"}  # `in` and what follows are no command
        return keyword not in BETWEEN

    def pass_mark(self, mark: str) -> Command | None:
        """The command that ends with it, if any."""
        if mark == ">":
            self.redirected = True
            return None
        nesting, words = self.nesting, self.words
        self.words, self.names = [], False
        if nesting.patterns:
            nesting.pass_pattern(mark)
            return None
        apart = nesting.piped or mark in {*PIPES, "&"}
        ended = Command(tuple(words), nesting.certain, nesting.function, apart) if words else None
        if mark in ENDS_A_CASE or _is_case(words):
            nesting.pass_pattern(mark)
        else:
            nesting.pass_mark(mark, alone=not words)
        return ended


def commands(text: str) -> Iterator[Command]:
    """Every simple command of the script `text`. Raises NoScript."""
    reading = _Reading()
    for token in (*Words(text), Mark("\n")):
        if isinstance(token, Word):
            reading.pass_word(token)
        elif command := reading.pass_mark(token.text):
            yield command


def _is_case(words: list[Word]) -> bool:
    """Whether they are `case WORD in`, and a pattern that may stand behind it."""
    return [plain(word) for word in words[:3:2]] == ["case", "in"]


def plain(word: Word) -> str:
    """A word without quotes and expansions, such as a keyword; empty for any other."""
    return (
        word.parts[0].text
        if len(word.parts) == 1 and isinstance(word.parts[0], Text) and not word.parts[0].quoted
        else ""
    )
