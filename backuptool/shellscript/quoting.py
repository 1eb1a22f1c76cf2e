"""The parts of a word: quotes are gone, what must be worked out is kept apart: bash(1), QUOTING and EXPANSION."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from backuptool.shellscript.ansi import decoded
from backuptool.shellscript.cases import Cases
from backuptool.shellscript.cursor import Cursor
from backuptool.shellscript.parts import NoScript, Part, Reference, Text, Unknown
from backuptool.shellscript.patterns import TRIMMING

DEEPEST = 50  # expansions within each other; a thousand are more than Python's own limit
SUBSTITUTION, ARRAY, ARITHMETIC = "a command substitution", "an array", "arithmetic"
ELEMENT = re.compile(r"(\[(?:@|[1-9][0-9]{0,3})\])\}")  # ${NAME[@]}, ${NAME[1]}
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
PARAMETER = re.compile(r"[!#]?(?:[A-Za-z_][A-Za-z0-9_]*|[0-9]+)|[@*#?$!-]")
KEEPING = ("\\$", "\\`", '\\"', "\\\\")  # where a backslash quotes within double quotes
DEFAULTS = (":-", ":=", ":+", ":?", "-", "=", "+", "?")


class Quoting(Cursor):
    """Of the words in a text."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self._depth = 0

    def _word(self) -> Iterator[Part]:
        """The parts of the word that begins here."""
        plain = ""
        while self._at < len(self._text) and self._text[self._at] not in " \t\n;&|()<>":
            if self._next("\\\n"):
                continue
            if part := self._special(in_quotes=False):
                if plain:
                    yield Text(plain)
                plain = ""
                yield from part
            else:
                plain += self._character()
            if plain.endswith("=") and self._text.startswith("(", self._at):
                yield from (Text(plain), Unknown(ARRAY, self._balanced(commands=False)))
                plain = ""
        if not plain and self._next("<(", ">("):
            self._at -= 1
            self._balanced()
            yield Unknown("a process substitution")
        if plain:
            yield Text(plain)

    def _special(self, *, in_quotes: bool, apostrophes: bool = False) -> tuple[Part, ...] | None:
        """A quote or an expansion that begins here; None for what stands for itself, as `apostrophes` may."""
        begin = self._at
        apostrophes = apostrophes or in_quotes
        if not apostrophes and self._next("'"):
            return (Text(self._until("'", begin), quoted=True),)
        if not in_quotes and self._next("$'"):
            self._escaped_until("'", begin)
            text = decoded(self._text[begin + 2 : self._at - 1])
            return (Unknown("a string with $'…'", quoted=True) if text is None else Text(text, quoted=True, bash=True),)
        if not in_quotes and (opens := self._next('$"', '"')):
            return (Text("", quoted=True, bash=opens == '$"'), *self._inside('"', begin))
        if not in_quotes and not self._text.startswith("\\\n", begin) and self._next("\\"):
            return (Text(self._character() if self._at < len(self._text) else "", quoted=True),)
        if self._next("`"):
            self._escaped_until("`", begin)
            return (Unknown(SUBSTITUTION, self._text[begin + 1 : self._at - 1]),)
        return self._dollar(begin, apostrophes=apostrophes) if self._text.startswith("$", begin) else None

    def _inside(self, end: str, begin: int, *, apostrophes: bool = False) -> Iterator[Part]:
        """The parts up to `end`: within double quotes, or of a default."""
        quotes = end == '"'
        while not self._next(end):
            if self._at >= len(self._text):
                self._until(end, begin)
            if quotes and self._next("\\\n"):
                continue
            if apostrophes and self._text.startswith("\\", self._at):
                self._at += self._text.startswith((*KEEPING, "\\}"), self._at)
                yield Text(self._character(), quoted=True)
            elif quotes and self._text.startswith(KEEPING, self._at):
                self._at += 1
                yield Text(self._character(), quoted=True)
            elif part := self._special(in_quotes=quotes, apostrophes=apostrophes):
                yield from (replace(one, quoted=True) for one in part) if quotes else part
            else:
                yield Text(self._character(), quoted=quotes or apostrophes)

    def _dollar(self, begin: int, *, apostrophes: bool) -> tuple[Part, ...]:
        if self._depth == DEEPEST:
            raise NoScript(self._line(), "is nested too deeply to be followed")
        self._depth += 1
        try:
            return self._expanded(begin, apostrophes=apostrophes)
        finally:
            self._depth -= 1

    def _expanded(self, begin: int, *, apostrophes: bool) -> tuple[Part, ...]:
        self._at += 1
        if self._text.startswith("(", self._at):
            what = ARITHMETIC if self._text.startswith("((", self._at) else SUBSTITUTION
            return (Unknown(what, self._balanced()),)
        if self._text.startswith("[", self._at) and "]" in self._text[self._at :].partition("\n")[0]:
            return (Unknown(ARITHMETIC, self._until("]", begin)),)  # as it was written before POSIX
        if self._next("{"):
            return self._braces(begin, apostrophes=apostrophes)
        if found := NAME.match(self._text, self._at):
            self._at = found.end()
            return (Reference(found[0]),)
        if self._at < len(self._text) and self._text[self._at] in "0123456789@*#?$!-":
            name = self._character()
            return (Reference(name) if name.isdigit() else Unknown(f"${name}"),)
        return (Text("$"),)

    def _braces(self, begin: int, *, apostrophes: bool) -> tuple[Part, ...]:
        """`apostrophes`: within double quotes they quote nothing in a default either, but do in a pattern."""
        found = PARAMETER.match(self._text, self._at)
        name = found[0] if found else ""
        self._at += len(name)
        known = NAME.fullmatch(name) is not None or name.isdigit()
        if known and self._next("[0]") and self._next("}"):
            return (Reference(name),)
        if known and (element := ELEMENT.match(self._text, self._at)):
            self._at = element.end()
            return (Reference(name, element[1]),)
        operator, rest = self._next(*DEFAULTS, *TRIMMING), self._at
        word = tuple(self._inside("}", begin, apostrophes=apostrophes and operator in DEFAULTS))
        if known and (operator or not word):
            return (Reference(name, operator, word),)
        what = f"${{{name}…}}, a part of a value" if known else "a parameter expansion"
        # Of a subscript or a place in a value, which is arithmetic, and of a pattern.
        counted = self._text[rest : self._at - 1] if self._text.startswith(("[", ":"), rest) else ""
        return (Unknown(what), *([Unknown(ARITHMETIC, counted)] if counted else []), *word)

    def _balanced(self, *, commands: bool = True) -> str:
        """Pass the parentheses that open here; what is in them, `commands` or the words of an array."""
        begin, depth = self._at, 0
        arithmetic = self._text.startswith("((", begin)
        outer, self._documents = self._documents, []
        cases = Cases(self._text, begin)
        while self._at < len(self._text):
            if commands and not arithmetic:
                cases.look(self._at, depth)
            if self._next("("):
                depth += 1
            elif self._next(")"):
                depth -= not cases.has_pattern(depth)
                if depth == 0:
                    self._documents = outer
                    return self._text[begin + 1 : self._at - 1]
            elif not (not arithmetic and self._passed()) and self._special(in_quotes=False) is None:
                self._next("\\\n") or self._character()
        self._at = begin
        raise NoScript(self._line())

    def _passed(self) -> bool:
        """A comment, a here-document: what is in them opens and closes nothing."""
        if self._text[self._at] == "#" and self._text[self._at - 1] in " \t\n;&|(":
            return self._skipped()
        if found := self._next("<<<", "<<-", "<<"):
            if found != "<<<":
                self._document(stripped=found == "<<-")
            return True
        if self._next("\n"):
            self._pass_documents()
            return True
        return False

    def _document(self, *, stripped: bool) -> bool:
        """A here-document begins behind this line; its word is looked at now, and read again as one. Whether what is in
        it is expanded: without quotes around the word."""
        before = self._at
        while self._next(" ", "\t"):
            pass
        parts = tuple(self._word())
        word = "".join(part.text for part in parts if isinstance(part, Text))
        self._documents.append((word, stripped))
        self._at = before
        return not any(isinstance(part, Text) and part.quoted for part in parts)
