"""What the parts of a word put out, as far as that is known without the shell: bash(1), EXPANSION."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Iterator, Sequence

from backuptool.shellscript.parameters import Parameters, UnclearWord
from backuptool.shellscript.parts import Part, Reference, Unknown, Word, merged
from backuptool.shellscript.patterns import like
from backuptool.shellscript.places import PROGRAMS, output
from backuptool.shellscript.quoting import SUBSTITUTION

LONGEST = 1 << 16  # characters of a value: `X=$X$X` forty times over is a terabyte, and no path or URL is as long


def not_too_long(pieces: Iterable[str]) -> Iterator[str]:
    """The pieces, as long as they are no more together. Raises UnclearWord."""
    length = 0
    for piece in pieces:
        if length and piece and length + len(piece) > LONGEST:
            raise UnclearWord(f"is longer than {LONGEST} characters")
        length += len(piece)
        yield piece


class Pieces(Parameters):
    """Of words that stand in a script."""

    @abstractmethod
    def words(self, word: Word) -> Sequence[str | None]:
        """The words that the shell makes of `word`."""

    def known(self, word: Word) -> str | None:
        """The one word that it is; None where that is not known."""
        try:
            return self.worked_out(word.parts)
        except UnclearWord:
            return None

    def worked_out(self, parts: Sequence[Part], *, colons: bool = False) -> str:
        """The one text that they make. Raises UnclearWord."""
        with self.doubting(parts):
            return "".join(self.pieces(merged(parts), colons=colons))

    def pieces(self, parts: Sequence[Part], *, colons: bool = False) -> Iterator[str]:
        """The text of each part; behind `colons` a ~ counts too. Raises UnclearWord."""
        last = len(parts) - 1
        return not_too_long(
            self._piece(part, begins=at == 0, ends=at == last, colons=colons) for at, part in enumerate(parts)
        )

    def _piece(self, part: Part, *, begins: bool, ends: bool, colons: bool) -> str:
        if isinstance(part, Unknown):
            return self._put_out(part)
        if isinstance(part, Reference):
            return self.referred(part)
        if part.bash and not self.bash:
            raise UnclearWord("has a $ before quotes, which not every sh reads")
        unquoted = not part.quoted and "~" in part.text
        return self._at_home(part.text, begins=begins, ends=ends, colons=colons) if unquoted else part.text

    def _put_out(self, part: Unknown) -> str:
        """What a substitution is replaced by. Raises UnclearWord."""
        followed = part.what == SUBSTITUTION and not PROGRAMS & self.now.functions.keys()
        if not followed or (known := self._output(part.text)) is None:
            raise UnclearWord(f"is made by {part.what}")
        return known

    def _output(self, text: str) -> str | None:
        """Of commands in a shell of their own; None where it is not known."""
        outer, self.now = self.now, self.now.copy()
        try:
            return output(text, self.words)
        finally:
            self.now = outer

    def fits(self, text: str | None, parts: Sequence[Part]) -> bool | None:
        """Whether `text` (None: not known) is like the pattern `parts`; None where that is not known."""
        try:
            with self.doubting(parts):
                return like(text, self.pattern(parts))
        except UnclearWord:
            return None

    def _at_home(self, text: str, *, begins: bool, ends: bool, colons: bool) -> str:
        """`text` with what ~ stands for: where it `begins` a word, in an assignment behind `colons` too. What follows a
        text that does not end the word is a part of the name behind ~, and with quotes in it that is none."""
        found = text.split(":") if colons else [text]
        for at, piece in enumerate(found):
            whole = ends or at < len(found) - 1 or "/" in piece
            if piece.startswith("~") and (at or begins) and whole:
                if piece[1:2] not in {"", "/"} or not (self.home or "HOME" in self.now.variables):
                    raise UnclearWord("begins with ~, the home of whoever runs it")
                found[at] = self.referred(Reference("HOME")) + piece[1:]
        return ":".join(found)
