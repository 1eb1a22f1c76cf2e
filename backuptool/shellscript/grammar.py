"""A script's text as a tree, a command at a time: what stands behind an `exit` need not be one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from backuptool.shellscript.parts import NoScript, Text, Unknown, Word, plain
from backuptool.shellscript.tokens import END, Tokens
from backuptool.shellscript.tree import (
    Block,
    Case,
    Definition,
    Group,
    If,
    Listed,
    Loop,
    Node,
    Not,
    Pipeline,
    Simple,
    Subshell,
)

COMPOUND = frozenset({"{", "if", "while", "until", "for", "select", "case", "function"})
CLOSING = frozenset({"then", "else", "elif", "fi", "do", "done", "esac", "}"})
ENDS_AN_ARM = (";;", ";&", ";;&")
DEEPEST = 50  # commands within each other; a thousand are more than Python's own limit


class Grammar(Tokens):
    """Of a script's text."""

    def __init__(self, text: str, line: int = 0) -> None:
        super().__init__(text, line)
        self._depth = 0

    def __iter__(self) -> Iterator[Node]:
        """Each command of the script. Raises NoScript."""
        while self._peek() != END:
            if not self._mark(";", "\n"):
                yield self._list()

    @contextmanager
    def _deeper(self) -> Iterator[None]:
        if self._depth == DEEPEST:
            raise NoScript(self._line, "is nested too deeply to be followed")
        self._depth += 1
        try:
            yield
        finally:
            self._depth -= 1

    def _block(self) -> Block:
        """Commands up to what closes them."""
        found = list[Node]()
        while True:
            self._skip(";", "\n")
            if self._keyword() in CLOSING or self._comes("", ")", *ENDS_AN_ARM):
                return tuple(found)
            found.append(self._list())

    def _closed_by(self, end: str) -> Block:
        body = self._block()
        self._expect(end)
        return body

    def _list(self) -> Node:
        """Up to the separator behind it, which is passed."""
        found = self._pipeline()
        while operator := self._mark("&&", "||"):
            self._skip("\n")
            found = Listed(found, operator, self._pipeline())
        if self._mark("&"):
            return Subshell((found,))
        if not self._mark(";", "\n") and not self._comes("", ")", *ENDS_AN_ARM) and self._keyword() not in CLOSING:
            self._refuse()
        return found

    def _pipeline(self) -> Node:
        while self._keyword() == "time":
            self._next()
            if self._keyword() == "-p":
                self._next()
        if self._keyword() == "!":
            self._next()
            with self._deeper():
                return Not(self._pipeline())
        found = [self._command()]
        while self._mark("|", "|&"):
            self._skip("\n")
            found.append(self._command())
        return Pipeline(tuple(found)) if len(found) > 1 else found[0]

    def _command(self) -> Node:
        with self._deeper():
            found = self._compound() if self._comes("(") or self._keyword() in COMPOUND else self._simple()
        files = list[Word]()
        while self._mark(">"):
            files.append(self._word())
        return Group((Simple((), tuple(files)), found)) if files else found

    def _compound(self) -> Node:
        match self._mark("(") or self._expect(*COMPOUND):
            case "(":
                body = self._block()
                return Subshell(body) if self._mark(")") else Simple((self._refuse(),))
            case "{":
                return Group(self._closed_by("}"))
            case "function":
                return self._definition(self._word())
            case keyword:
                return self._conditional(keyword)

    def _conditional(self, keyword: str) -> Node:
        match keyword:
            case "if":
                return self._if()
            case "while" | "until":
                return Loop(condition=self._block(), body=self._do())
            case "case":
                return self._case()
        loop = self._for()
        return loop if keyword == "for" else replace(loop, head=loop.head[:1])  # whoever is asked may choose nothing

    def _if(self) -> Node:
        condition, _, then = self._block(), self._expect("then"), self._block()
        match self._expect("fi", "elif", "else"):
            case "elif":
                with self._deeper():
                    return If(condition, then, (self._if(),))
            case "else":
                return If(condition, then, self._closed_by("fi"))
        return If(condition, then)

    def _do(self) -> Block:
        self._expect("do")
        return self._closed_by("done")

    def _for(self) -> Loop:
        name = self._word()
        self._skip("\n")
        words = tuple(self._words()) if self._keyword() == "in" else ()
        self._skip(";", "\n")
        return Loop((self._command(),) if self._keyword() == "{" else self._do(), head=(name, *words[1:]))

    def _case(self) -> Node:
        word, arms, falls = self._word(), list[tuple[tuple[Word, ...], Block]](), False
        self._skip("\n")
        self._expect("in")
        self._skip("\n")
        while self._keyword() != "esac":
            arms.append((self._patterns(), self._block()))
            falls |= self._comes(";&", ";;&")
            self._skip(*ENDS_AN_ARM, "\n")
        self._next()
        return Case(word, tuple(arms), falls)

    def _patterns(self) -> tuple[Word, ...]:
        self._mark("(")
        return self._parenthesis()

    def _parenthesis(self) -> tuple[Word, ...]:
        """The words up to the `)` of one that is open; one that is not known where there are parentheses in it."""
        found, nested = list[Word](), False
        while not self._mark(")"):
            if self._mark("("):
                nested = bool(self._parenthesis())
            elif self._comes(""):
                self._refuse()
            elif isinstance(token := self._next(), Word):
                found.append(token)
        return (Word((Unknown("a pattern"),), self._line),) if nested else tuple(found)

    def _definition(self, name: Word) -> Node:
        if self._mark("(") and not self._mark(")"):
            self._refuse()
        self._skip("\n")
        return Definition(plain(name), self._command())

    def _simple(self) -> Node:
        words, files = list[Word](), list[Word]()
        if self._keyword() in CLOSING or self._comes("", ";", "\n", "&", "|", "|&", "&&", "||", ")", *ENDS_AN_ARM):
            self._refuse()
        while True:
            if self._keyword() == "[[" and not words:
                words += self._test()
            elif self._mark(">"):
                files.append(self._word())
            elif self._mark("("):
                if len(words) == 1 and self._mark(")"):
                    self._skip("\n")
                    return Definition(plain(words[0]), self._command())
                self._parenthesis()  # a pattern, as in !(*.gz)
            elif isinstance(self._peek(), Word):
                words.append(self._word())
            else:
                return Simple(tuple(words), tuple(files))

    def _test(self) -> Iterator[Word]:
        """[[ … ]], in which && and the like are words."""
        while self._keyword() != "]]":
            if self._comes(""):
                self._refuse()
            token = self._next()
            yield token if isinstance(token, Word) else Word((Text(token.text),), self._line)
        yield self._word()
