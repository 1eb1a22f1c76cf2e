"""A script's text as words and what separates them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from backuptool.shellscript.documents import expanded
from backuptool.shellscript.parts import Mark, NoScript, Text, Unknown, Word
from backuptool.shellscript.quoting import ARITHMETIC, Quoting

FOR_A_FILE = re.compile(r"[0-9]+|\{([A-Za-z_][A-Za-z0-9_]*)\}")  # 2>/dev/null, {lock}>/run/lock
SEPARATORS = ("&&", "||", ";;&", ";;", ";&", "|&", "\n", ";", "&", "|", "(", ")")
REDIRECTIONS = ("<<<", "&>>", "&>", ">>", ">&", "<&", ">|", "<>", "<", ">")
MOST = 16  # here-documents of a command, as in bash


def _for_a_file(word: Word) -> re.Match[str] | None:
    texts = [part.text if isinstance(part, Text) and not part.quoted else " " for part in word.parts]
    return FOR_A_FILE.fullmatch("".join(texts))


class Words(Quoting):
    """Of a text, from its beginning."""

    def __iter__(self) -> Iterator[Word | Mark]:
        """Every word and mark. Raises NoScript."""
        while self._at < len(self._text):
            if self._skipped():
                continue
            if self._text.startswith("((", self._at):  # in which << begins no here-document
                yield Word((Unknown(ARITHMETIC, self._balanced()),), self._line())
            elif document := self._here_document():
                yield from (Mark(">"), document, Mark(">"))
            elif mark := self._mark():
                yield mark
            else:
                begin = self._line()
                word = Word(tuple(self._word()), begin)
                opens = _for_a_file(word) if self._text.startswith(("<", ">"), self._at) else None
                if not opens:
                    yield word
                elif opens[1]:  # it gets a number
                    yield from (Mark(">"), Word((Unknown(ARITHMETIC, f"{opens[1]} = 10"),), begin))

    def _here_document(self) -> Word | None:
        """What is expanded in the one that is announced here, as if it stood here; its end follows as a word."""
        begins = None if self._text.startswith("<<<", self._at) else self._next("<<-", "<<")
        if not begins:
            return None
        stripped, line = begins == "<<-", self._line()
        is_expanded = self._document(stripped=stripped)
        if len(self._documents) > MOST:
            raise NoScript(line, "has too many here-documents")
        at = self._text.find("\n", self._at)
        if at < 0 or not is_expanded:
            return Word((), line)
        end = self._behind_document(at + 1, self._documents[-1][0], stripped=stripped)
        return Word(tuple(expanded(self._text[at:end])), line)

    def _mark(self) -> Mark | None:
        if self._text.startswith(("<(", ">("), self._at):
            return None
        if self._next(*REDIRECTIONS):
            return Mark(">")
        if found := self._next(*SEPARATORS):
            if found == "\n":
                self._pass_documents()
            return Mark(found)
        return None
