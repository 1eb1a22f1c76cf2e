"""The words and marks of a script, one ahead of what is read of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from backuptool.shellscript.parts import Mark, NoScript, Word, plain
from backuptool.shellscript.words import Words

END = Mark("")


class Tokens:
    """Of `text`. `line`: where all of it stands, if it is a part of a word."""

    def __init__(self, text: str, line: int = 0) -> None:
        self._tokens, self._fixed, self._ahead = iter(Words(text)), line, list[Word | Mark]()
        self._line = 1

    def _peek(self) -> Word | Mark:
        if not self._ahead:
            self._ahead.append(next(self._tokens, END))
        return self._ahead[0]

    def _next(self) -> Word | Mark:
        token = self._peek()
        self._ahead.clear()
        if not isinstance(token, Word):
            return token
        self._line = self._fixed or token.line
        return replace(token, line=self._line)

    def _word(self) -> Word:
        token = self._next()
        return token if isinstance(token, Word) else self._refuse()

    def _words(self) -> Iterator[Word]:
        while isinstance(self._peek(), Word):
            yield self._word()

    def _refuse(self) -> Word:
        raise NoScript(self._line, "is no command that is followed")

    def _keyword(self) -> str:
        token = self._peek()
        return plain(token) if isinstance(token, Word) else ""

    def _comes(self, *texts: str) -> bool:
        token = self._peek()
        return isinstance(token, Mark) and token.text in texts

    def _mark(self, *texts: str) -> str:
        """The mark that comes, if it is one of `texts`; it is passed."""
        if not self._comes(*texts):
            return ""
        token = self._next()
        return token.text if isinstance(token, Mark) else ""

    def _skip(self, *texts: str) -> None:
        while self._mark(*texts):
            pass

    def _expect(self, *keywords: str) -> str:
        found = self._keyword()
        if found not in keywords:
            self._refuse()
        self._next()
        return found
