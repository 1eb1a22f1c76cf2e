"""A place in a script's text, and what is passed from there: blanks, comments, here-documents."""

from __future__ import annotations

from backuptool.shellscript.parts import NoScript


class Cursor:
    """In `text`, at its beginning. `documents`: those that begin behind this line: what ends each, and whether tabs
    before that are nothing."""

    def __init__(self, text: str) -> None:
        self._text, self._at, self._documents = text.replace("\r\n", "\n"), 0, list[tuple[str, bool]]()
        self._counted = 0, 1  # a place, and its line

    def _line(self) -> int:
        at, line = self._counted if self._counted[0] <= self._at else (0, 1)
        self._counted = self._at, line + self._text.count("\n", at, self._at)
        return self._counted[1]

    def _next(self, *texts: str) -> str:
        """The first of `texts` that comes here; it is passed."""
        for text in texts:
            if self._text.startswith(text, self._at):
                self._at += len(text)
                return text
        return ""

    def _character(self) -> str:
        self._at += 1
        return self._text[self._at - 1]

    def _until(self, end: str, begin: int) -> str:
        found = self._text.find(end, self._at)
        if found < 0:
            self._at = begin
            raise NoScript(self._line())
        text, self._at = self._text[self._at : found], found + len(end)
        return text

    def _escaped_until(self, end: str, begin: int) -> None:
        while not self._next(end):
            self._next("\\")
            if self._at >= len(self._text):
                self._until(end, begin)
            self._at += 1

    def _skipped(self) -> bool:
        """Blanks, continued lines, comments."""
        if self._next(" ", "\t", "\\\n"):
            return True
        if self._text[self._at] == "#":
            end = self._text.find("\n", self._at)
            self._at = len(self._text) if end < 0 else end
            return True
        return False

    def _pass_documents(self) -> None:
        for end, stripped in self._documents:
            self._at = self._behind_document(self._at, end, stripped=stripped)
        self._documents.clear()

    def _behind_document(self, at: int, end: str, *, stripped: bool) -> int:
        """The place behind the here-document that begins at `at`."""
        while at < len(self._text):
            found = self._text.find("\n", at)
            line = self._text[at : found if found >= 0 else None]
            at += len(line) + 1
            if (line.lstrip("\t") if stripped else line) == end:
                break
        return at
