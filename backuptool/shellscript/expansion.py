"""What the shell makes of a word, as far as that is known without it: bash(1), EXPANSION."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import takewhile

from backuptool.shellscript.found import Unclear, Value, is_unset
from backuptool.shellscript.parameters import Parameters, UnclearWord
from backuptool.shellscript.parts import Part, Reference, Text, Unknown, Word, merged
from backuptool.shellscript.patterns import like
from backuptool.shellscript.places import PROGRAMS, output
from backuptool.shellscript.quoting import SUBSTITUTION
from backuptool.shellscript.splitting import BLANKS, names_files, names_several, split
from backuptool.shellscript.state import Held
from backuptool.shellscript.words import Words

# Characters of a value, and words of an array: `X=$X$X` forty times over is a terabyte. No path or URL is as long.
LONGEST, MOST = 1 << 16, 1 << 12
# `NAME=`, `--option=`, `--env=NAME=`, `-eNAME=`
BEGUN = re.compile(r"-{0,2}[A-Za-z_][\w-]*=(?:[A-Za-z_]\w*=)?", re.ASCII)


class Expansion(Parameters):
    """Of words."""

    def value(self, name: str, parts: Sequence[Part], *, appends: bool) -> Value | Unclear:
        """What `name` holds when it is set to `parts`, or they are added to it."""
        try:
            before = self._before(name) if appends else ""
            return Value(_not_too_long([before, self.worked_out(parts, colons=True)]), self.file, self.line)
        except UnclearWord as unclear:
            array = self._array(name, parts, appends=appends)
            return Unclear(str(unclear), self.file, self.line, self.substitution(parts), array)

    def _before(self, name: str) -> str:
        """What text is added to. Raises UnclearWord."""
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
        if any(isinstance(part, Text) and not part.quoted and names_several(part.text) for part in parts):
            raise UnclearWord("is made by a pattern")
        texts = self._pieces(parts, colons=False)
        return list(map(_not_too_long, self._fields((part, text) for part, text in zip(parts, texts, strict=True))))

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
            case [Unknown(what="an array", text=text)]:
                words = tuple(one for word in Words(text) if isinstance(word, Word) for one in self.words(word))
                before = self.now.variables.get(name) if appends else None
                every = (*_elements(before), *words)
                return every if len(every) <= MOST else (None,)
        return ()

    def known(self, word: Word) -> str | None:
        """The one word that it is; None where that is not known."""
        try:
            return self.worked_out(word.parts)
        except UnclearWord:
            return None

    def worked_out(self, parts: Sequence[Part], *, colons: bool = False) -> str:
        """The one text that they make. Raises UnclearWord."""
        return _not_too_long(self._pieces(merged(parts), colons=colons))

    def _pieces(self, parts: Sequence[Part], *, colons: bool) -> Iterator[str]:
        for index, part in enumerate(parts):
            if isinstance(part, Unknown):
                yield self._put_out(part)
            elif isinstance(part, Reference):
                yield self.referred(part)
            elif part.quoted or "~" not in part.text:
                yield part.text
            else:
                yield self._at_home(part.text, begins=index == 0, ends=index == len(parts) - 1, colons=colons)

    def _put_out(self, part: Unknown) -> str:
        """What a substitution is replaced by. Raises UnclearWord."""
        followed = part.what == SUBSTITUTION and not PROGRAMS & self.now.functions.keys()
        if not followed or (known := output(part.text, self.words)) is None:
            raise UnclearWord(f"is made by {part.what}")
        return known

    def fits(self, text: str | None, parts: Sequence[Part]) -> bool | None:
        """Whether `text` (None: not known) is like the pattern `parts`; None where that is not known."""
        try:
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


def _elements(held: Held | None) -> tuple[str | None, ...]:
    """Those of a variable that may be an array."""
    if isinstance(held, Value):
        return (held.text,)
    return () if held is None or is_unset(held) else held.words or (None,)


def _not_too_long(pieces: Iterable[str]) -> str:
    """The pieces together. Raises UnclearWord."""
    text = ""
    for piece in pieces:
        if text and piece and len(text) + len(piece) > LONGEST:
            raise UnclearWord(f"is longer than {LONGEST} characters")
        text += piece
    return text


def essence(parts: Sequence[Part]) -> list[Part]:
    """The parts but for the mark of a double quote."""
    return [part for part in parts if part != Text("", quoted=True)]


def _begun(word: Word) -> str | None:
    """`NAME=$` and the like, where only the value is not known; what follows it in `word` is not known either."""
    texts = takewhile(lambda part: isinstance(part, Text), word.parts)
    found = BEGUN.match("".join(part.text for part in texts if isinstance(part, Text)))
    return f"{found[0]}$" if found else None
