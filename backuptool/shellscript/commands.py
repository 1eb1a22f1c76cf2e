"""A script's words as simple commands, in order; and whether one only runs under a condition."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain, count

from backuptool.shellscript.parts import Mark, Text, Word
from backuptool.shellscript.words import Words

OPENS = frozenset({"if", "case", "while", "until", "for", "select", "{"})
CLOSES = frozenset({"fi", "esac", "done", "}"})
PIPES, LISTING = frozenset({"|", "|&"}), frozenset({"&&", "||"})
NUMBERS = count(1)
NOWHERE = frozenset[int]()
ENDS_A_CASE = frozenset({";;", ";&", ";;&"})
BETWEEN = frozenset({"then", "else", "elif", "do", "!", "time"})


@dataclass(frozen=True, slots=True)
class Command:
    """A command's words. `certain`: it runs whenever the script does, as far as its place in it tells. `function`: the
    number of the function whose body it is in, 0 outside of any; `name`: that one's. `inner`: it runs whenever that is
    called. `blocks`: under which conditions it stands. `apart`: in a shell of its own, as all in a pipeline is: what it
    sets is gone with that. `mark`: what ends it. `shell`: it is in parentheses."""

    words: tuple[Word, ...]
    certain: bool
    function: int
    name: str = ""
    inner: bool = False
    blocks: frozenset[int] = NOWHERE
    apart: bool = False
    mark: str = ""
    shell: bool = False


@dataclass(slots=True)
class _Nesting:
    """Where a word is in compound commands. `coming`: a function's name was read, and `{` begins its body. `patterns`:
    those of a `case` come, in which no word is a keyword. Blocks have numbers, a body 0."""

    function: int = 0
    name: str = ""
    coming: bool = False
    patterns: bool = False
    _open: list[int] = field(default_factory=list)
    _shells: list[int] = field(default_factory=list)
    _list: int = 0
    _before: str = "\n"
    _body: int = 0
    _bodies: int = 0

    def command(self, words: tuple[Word, ...], mark: str) -> Command:
        """Of `words`, which end with `mark`."""
        listed = self._before in LISTING
        certain, inner = (not listed and not self._shells and len(self._open) == depth for depth in (0, self._body))
        return Command(
            words,
            certain,
            self.function,
            self.name if self.function else "",
            inner,
            frozenset({*self._open, *self._shells, self._list if listed else 0}) - {0},
            self._before in PIPES or mark in {*PIPES, "&"},
            mark,
            bool(self._shells),
        )

    def pass_keyword(self, keyword: str) -> None:
        if keyword in OPENS:
            body = keyword == "{" and self.coming and not self._body
            self._open.append(0 if body else next(NUMBERS))
            if body:
                self._bodies += 1
                self._body, self.function = len(self._open), self._bodies
        else:
            del self._open[-1:]
        self.patterns = self.coming = False
        if len(self._open) < self._body:
            self._body = self.function = 0

    def pass_branch(self) -> None:
        """What follows runs where what came before it did not."""
        self._open[-1:] = [next(NUMBERS)] if self._open else []

    def pass_mark(self, mark: str, *, alone: bool) -> None:
        """`alone`: there was no word behind the mark before."""
        if mark != "\n":
            self.coming = alone and (self._before, mark) == ("(", ")")
        if mark == "(":
            self._shells.append(next(NUMBERS))
        elif mark == ")":
            del self._shells[-1:]
        elif mark in LISTING and self._before not in LISTING:
            self._list = next(NUMBERS)
        self._before = mark

    def pass_pattern(self, mark: str) -> None:
        """A `)` behind it is none that was opened."""
        if mark in ENDS_A_CASE:
            self.pass_branch()
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
        if self.names and not self.nesting.function:
            self.nesting.name = plain(word)
        if self.names or keyword == "function":  # its name follows, then a body as behind `name()`
            self.names, self.nesting.coming = not self.names, True
            return False
        if keyword in OPENS or keyword in CLOSES:
            self.nesting.pass_keyword(keyword)
            return keyword in {"for", "case", "select"}  # `in` and what follows are no command
        if keyword in {"else", "elif"}:
            self.nesting.pass_branch()
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
        defines = mark == "(" and len(words) == 1 and not nesting.function
        nesting.name = plain(words[0]) if defines else nesting.name
        ended = nesting.command(tuple(words), mark) if words and mark != "(" else None
        if mark in ENDS_A_CASE or _is_case(words):
            nesting.pass_pattern(mark)
        else:
            nesting.pass_mark(mark, alone=not words)
        return ended


def commands(text: str) -> Iterator[Command]:
    """Every simple command of the script `text`. Raises NoScript."""
    reading = _Reading()
    for token in chain(Words(text), [Mark("\n")]):
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
