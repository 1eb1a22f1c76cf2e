"""What the shell makes of a word, as far as that is known without it: bash(1), EXPANSION."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import takewhile
from pathlib import Path

from backuptool.shellscript.found import Unclear, Value, is_unset
from backuptool.shellscript.parts import Part, Reference, Text, Unknown, Word
from backuptool.shellscript.patterns import SPECIAL, TRIMMING, regex, trimmed
from backuptool.shellscript.places import PROGRAMS, output
from backuptool.shellscript.state import State, one_or_the_other
from backuptool.shellscript.words import SUBSTITUTION, Words

# Characters of a value, and words of an array: `X=$X$X` forty times over is a terabyte. No path or URL is as long.
LONGEST, MOST = 1 << 16, 1 << 12
LINE = 200  # characters that say why; what refers to itself again and again would say so each time
# What the shell sets itself, and who starts it (a login, cron, PAM): no default is taken for these.
ELSEWHERE = frozenset({
    "BASH", "BASHPID", "BASH_VERSION", "EUID", "GROUPS", "HOME", "HOSTNAME", "HOSTTYPE", "IFS", "LANG", "LOGNAME",
    "MACHTYPE", "OLDPWD", "OPTIND", "OSTYPE", "PATH", "PPID", "PWD", "RANDOM", "SECONDS", "SHELL", "SHLVL", "UID",
    "USER",
})  # fmt: skip
# `NAME=`, `--option=`, `--env=NAME=`, `-eNAME=`
BEGUN = re.compile(r"-{0,2}[A-Za-z_][\w-]*=(?:[A-Za-z_]\w*=)?", re.ASCII)


class UnclearWord(Exception):
    """Something in a word that only the shell can work out."""


class Expansion:
    """Of words, where the variables hold what they do `now`. `home`, `script`: what ~ and $0 are, if anything; `file`,
    `line`: where it is read; `arguments`: what a function was called with, None where that is not known."""

    def __init__(self, home: str) -> None:
        self._home, self.file, self.line, self.now = home, Path(), 0, State()
        self.arguments: Sequence[str | None] | None = None
        self.called, self.script = False, ""

    def value(self, name: str, parts: Sequence[Part], *, appends: bool) -> Value | Unclear:
        """What `name` holds when it is set to `parts`, or they are added to it."""
        try:
            before = self.referred(Reference(name, "-")) if appends else ""
            return Value(_not_too_long([before, self._worked_out(parts, colons=True)]), self.file, self.line)
        except UnclearWord as unclear:
            array = self._array(name, parts, appends=appends)
            return Unclear(str(unclear), self.file, self.line, self.substitution(parts), array)

    def words(self, word: Word) -> Sequence[str | None]:
        """The words that the shell makes of `word`: of a variable without quotes, of a whole array."""
        known = self.known(word)
        match _essence(word.parts):
            case [Reference(name=name, operator="[@]")] if isinstance(found := self.now.variables.get(name), Unclear):
                return found.words or [None]
            case [Reference()] if len(word.parts) == 1 and known is not None:
                return known.split()
            case [Unknown(what="$@" | "$*")] if self.arguments is not None:
                return self.arguments
        return [_begun(word) if known is None else known]

    def substitution(self, parts: Sequence[Part]) -> str:
        """The text of the command substitution that makes all of a word."""
        match _essence(parts):
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
                every = (*(before.words if isinstance(before, Unclear) else ()), *words)
                return every if len(every) <= MOST else (None,)
        return ()

    def known(self, word: Word) -> str | None:
        """The one word that it is; None where that is not known."""
        try:
            return self._worked_out(word.parts)
        except UnclearWord:
            return None

    def _worked_out(self, parts: Sequence[Part], *, colons: bool = False) -> str:
        return _not_too_long(self._pieces(_joined(parts), colons=colons))

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

    def _at_home(self, text: str, *, begins: bool, ends: bool, colons: bool) -> str:
        """`text` with what ~ stands for: where it `begins` a word, in an assignment behind `colons` too. What follows a
        text that does not end the word is a part of the name behind ~, and with quotes in it that is none."""
        found = text.split(":") if colons else [text]
        for at, piece in enumerate(found):
            whole = ends or at < len(found) - 1 or "/" in piece
            if piece.startswith("~") and (at or begins) and whole:
                if not self._home or piece[1:2] not in {"", "/"}:
                    raise UnclearWord("begins with ~, the home of whoever runs it")
                found[at] = self._home + piece[1:]
        return ":".join(found)

    def referred(self, part: Reference) -> str:
        """What is put in the place of `part`. Raises UnclearWord."""
        if part.operator in TRIMMING:
            return trimmed(self.referred(Reference(part.name)), part.operator, self._pattern(part.word))
        if part.operator.endswith("="):
            self._settle(part)
        found = self._held(part.name)
        there = found is not None and (bool(found.text) or not part.operator.startswith(":"))
        kind = part.operator.removeprefix(":")
        if kind == "+":
            return self._worked_out(part.word) if there else ""
        if found is not None and there:
            return found.text
        return self._default(part) if kind in {"-", "="} else self._unset(part.name)

    def _default(self, part: Reference) -> str:
        text = self._worked_out(part.word)
        if ":~" in "".join(one.text for one in part.word if isinstance(one, Text) and not one.quoted):
            raise UnclearWord("begins with ~, the home of whoever runs it")  # in an assignment only
        if part.operator.endswith("="):
            self.now.variables[part.name] = Value(text, self.file, self.line)
        return text

    def _unset(self, name: str) -> str:
        """What the shell puts in the place of a name that is not set, or is to be: only of a function's arguments is
        that known to be nothing."""
        if name.isdigit() and name != "0" and self.called:
            return ""
        raise UnclearWord(f"is made by ${name}" if name.isdigit() else f"refers to {name}, which it does not set")

    def _pattern(self, parts: Sequence[Part]) -> str:
        """As a regular expression. Raises UnclearWord."""
        found = ""
        for part in parts:
            if isinstance(part, Text) and not part.quoted:
                like = regex(part.text)
            else:
                text = self._worked_out([part])
                like = None if isinstance(part, Reference) and SPECIAL & {*text} else re.escape(text)
            if like is None:
                raise UnclearWord("is made by a pattern")
            found += like
        return found

    def _settle(self, part: Reference) -> None:
        """${NAME:=word}: it holds what it does under a condition, or the word."""
        found = self.now.variables.get(part.name)
        if isinstance(found, Value) and found.maybe:
            other = Value(self._worked_out(part.word), self.file, self.line)
            self.now.variables[part.name] = one_or_the_other(replace(found, maybe=False), other)

    def _held(self, name: str) -> Value | None:
        """What a variable holds; None where it is not set. Raises UnclearWord."""
        found = self.now.variables.get(name)
        if name in {"0", "BASH_SOURCE"} and self.script:
            return Value(str(self.script if name == "0" else self.file.absolute()), self.file, self.line)
        if name.isdigit():
            return self._argument(int(name))
        if found is None and name == "HOME" and self._home:
            return Value(self._home, self.file, self.line)
        if isinstance(found, Unclear) and not is_unset(found):
            why = found.why if len(found.why) < LINE else "is not known"
            raise UnclearWord(f"refers to {name}, which {why}")
        if isinstance(found, Value) and found.maybe:
            raise UnclearWord(f"refers to {name}, which is set under a condition only")
        if found is None and name in ELSEWHERE:
            raise UnclearWord(f"refers to {name}, which is not set by it alone")
        return found if isinstance(found, Value) else None

    def _argument(self, number: int) -> Value | None:
        """$1 and so on: the script itself is given none, as cron does it; a function is given what is known of it."""
        if not self.called or not number:
            return None
        if self.arguments is None or None in self.arguments[:number]:
            raise UnclearWord(f"is made by ${number}")
        given = self.arguments[number - 1 : number]
        return Value(str(given[0]), self.file, self.line) if given else None


def _not_too_long(pieces: Iterable[str]) -> str:
    """The pieces together. Raises UnclearWord."""
    text = ""
    for piece in pieces:
        if text and piece and len(text) + len(piece) > LONGEST:
            raise UnclearWord(f"is longer than {LONGEST} characters")
        text += piece
    return text


def _joined(parts: Sequence[Part]) -> list[Part]:
    """The parts, plain texts beside each other as one: those of a default come letter by letter."""
    found: list[Part] = []
    for part in parts:
        before = found[-1] if found else None
        if isinstance(part, Text) and not part.quoted and isinstance(before, Text) and not before.quoted:
            found[-1] = Text(before.text + part.text)
        else:
            found.append(part)
    return found


def _essence(parts: Sequence[Part]) -> list[Part]:
    """The parts but for the mark of a double quote."""
    return [part for part in parts if part != Text("", quoted=True)]


def _begun(word: Word) -> str | None:
    """`NAME=$` and the like, where only the value is not known; what follows it in `word` is not known either."""
    texts = takewhile(lambda part: isinstance(part, Text), word.parts)
    found = BEGUN.match("".join(part.text for part in texts if isinstance(part, Text)))
    return f"{found[0]}$" if found else None
