"""The words that the shell makes of one in a script, and the value: bash(1), EXPANSION."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import takewhile

from backuptool.shellscript.assignments import BEGUN
from backuptool.shellscript.found import Unclear, Value, is_unset
from backuptool.shellscript.nested import words_of
from backuptool.shellscript.parameters import UnclearWord
from backuptool.shellscript.parts import Part, Reference, Text, Unknown, Word, merged
from backuptool.shellscript.pieces import Pieces, not_too_long
from backuptool.shellscript.splitting import BLANKS, names_files, names_several, split
from backuptool.shellscript.state import Held

MOST = 1 << 12  # words of an array


class Expansion(Pieces):
    """Of words."""

    def value(self, name: str, parts: Sequence[Part], *, appends: bool) -> Value | Unclear:
        """What `name` holds when it is set to `parts`, or they are added to it."""
        try:
            text = self.worked_out(parts, colons=True)  # first: ${NAME:=…} in it may set what it is added to
            before = self._before(name) if appends else ""
            return Value("".join(not_too_long([before, text])), self.file, self.line)
        except UnclearWord as unclear:
            array = self._array(name, parts, appends=appends)
            return Unclear(str(unclear), self.file, self.line, self.substitution(parts), array)

    def _before(self, name: str) -> str:
        """What text is added to. Raises UnclearWord."""
        if not self.bash:
            raise UnclearWord("is added to by +=, which not every sh does")
        if isinstance(found := self.now.variables.get(name), Unclear) and found.words:
            raise UnclearWord("is made by an array")
        return self.referred(Reference(name, "-"))

    def words(self, word: Word) -> Sequence[str | None]:
        """The words that the shell makes of `word`: of a variable without quotes, of a whole array."""
        match essence(word.parts):
            case [Reference(name=name, operator="[@]") as part] if isinstance(
                found := self.now.variables.get(name), Unclear
            ):
                return self._each(found.words or [None], part)
            case [Unknown(what="$@") as part] if self.arguments is not None:
                return self._each(self.arguments, part)
            case [Unknown(what="$*", quoted=False) as part] if self.arguments is not None:
                return self._each(self.arguments, part)
        try:
            return self.split(word)
        except UnclearWord:
            return [_begun(word)]

    def split(self, word: Word) -> Sequence[str]:
        """The words that the shell makes of `word`. Raises UnclearWord."""
        parts = merged(word.parts)
        with self.doubting(parts):
            if any(isinstance(part, Text) and not part.quoted and names_several(part.text) for part in parts):
                raise UnclearWord("is made by a pattern")
            return list(self._fields(zip(parts, self.pieces(parts), strict=True)))

    def _each(self, words: Sequence[str | None], part: Reference | Unknown) -> Sequence[str | None]:
        """What each of `words` is that `part` puts out."""
        if part.quoted:
            return words
        found = list[str | None]()
        for word in words:
            try:
                found += [None] if word is None else self._fields([(part, word)])
            except UnclearWord:
                found.append(None)
        return found

    def _fields(self, pieces: Iterable[tuple[Part, str]]) -> Iterator[str]:
        """The words that parts with their texts make. Raises UnclearWord."""
        return split((text, self._is_whole(part, text)) for part, text in pieces)

    def _is_whole(self, part: Part, text: str) -> bool:
        """Whether what `part` puts out is not split. Raises UnclearWord."""
        if isinstance(part, Text) or part.quoted:
            return True
        separators = self.now.variables.get("IFS")
        own = separators and not is_unset(separators)
        cut = separators.text if isinstance(separators, Value) else text if own else ""
        kept = own or (isinstance(part, Reference) and part.word)  # quotes in a default keep its blanks together
        if names_files(text) or {*cut} & {*text} or (kept and BLANKS.search(text)):
            raise UnclearWord("is made by what is split while it runs")
        return False

    def substitution(self, parts: Sequence[Part]) -> str:
        """The text of the command substitution that makes all of a word."""
        match essence(parts):
            case [Unknown(what="a command substitution", text=text)]:
                return text
            case [Reference(name=name)] if isinstance(found := self.now.variables.get(name), Unclear):
                return found.text
        return ""

    def _array(self, name: str, parts: Sequence[Part], *, appends: bool) -> tuple[str | None, ...]:
        """The words of the array that is set; none where it is no array."""
        match parts:
            case [Unknown(what="an array") as part]:
                words = tuple(one for word in words_of(part) for one in self.words(word))
                before = self.now.variables.get(name) if appends else None
                every = (*_elements(before), *words)
                return every if len(every) <= MOST else (None,)
        return ()


def _elements(held: Held | None) -> tuple[str | None, ...]:
    """Those of a variable that may be an array."""
    if isinstance(held, Value):
        return (held.text,)
    return () if held is None or is_unset(held) else held.words or (None,)


def essence(parts: Sequence[Part]) -> list[Part]:
    """The parts but for the mark of a double quote."""
    return [part for part in parts if part != Text("", quoted=True)]


def _begun(word: Word) -> str | None:
    """`NAME=$` and the like, where only the value is not known; what follows it in `word` is not known either."""
    texts = takewhile(lambda part: isinstance(part, Text), word.parts)
    found = BEGUN.match("".join(part.text for part in texts if isinstance(part, Text)))
    return f"{found[0]}$" if found else None
