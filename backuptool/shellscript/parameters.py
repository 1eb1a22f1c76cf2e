"""What a shell puts in the place of $NAME and ${NAME…}: bash(1), Parameter Expansion."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from backuptool.shellscript.assignments import is_whole
from backuptool.shellscript.found import ONE_OR_THE_OTHER, Unclear, Value, is_unset
from backuptool.shellscript.nested import every
from backuptool.shellscript.parts import Part, Reference, Text, merged
from backuptool.shellscript.patterns import SPECIAL, TRIMMING, regex, trimmed
from backuptool.shellscript.state import State, one_or_the_other

LONGEST_PATH = 4096  # Linux's PATH_MAX
LINE = 200  # characters that say why; what refers to itself again and again would say so each time
# What the shell sets itself, and who starts it (a login, cron, PAM): no default is taken for these.
ELSEWHERE = frozenset({
    "BASH", "BASHPID", "BASH_SOURCE", "BASH_VERSION", "EUID", "FUNCNAME", "GROUPS", "HOME", "HOSTNAME", "HOSTTYPE",
    "IFS", "LANG", "LINENO", "LOGNAME", "MACHTYPE", "OLDPWD", "OPTIND", "OSTYPE", "PATH", "PPID", "PWD", "RANDOM",
    "SECONDS", "SHELL", "SHLVL", "TERM", "TMPDIR", "UID", "USER",
})  # fmt: skip


class UnclearWord(Exception):
    """Something in a word that only the shell can work out."""


class Parameters(ABC):
    """Where the variables hold what they do `now`. `home`, `script`: what ~ and $0 are, if anything; `file`, `line`:
    where it is read; `arguments`: what a function was `called` with, None where that is not known; `bash`: the shell is
    no other."""

    def __init__(self, home: str) -> None:
        self.home, self.file, self.line, self.now = home, Path(), 0, State()
        self.arguments: Sequence[str | None] | None = None
        self.called, self.script, self.bash = False, "", True

    @abstractmethod
    def worked_out(self, parts: Sequence[Part]) -> str:
        """The one text that they make. Raises UnclearWord."""

    def referred(self, part: Reference) -> str:
        """What is put in the place of `part`. Raises UnclearWord."""
        if part.operator.startswith("["):
            return self._element(part)
        if part.operator in TRIMMING:
            return self._trimmed(self.referred(Reference(part.name)), part)
        if part.operator.endswith("="):
            self._settle(part)
        found = self._held(part.name)
        there = found is not None and (bool(found.text) or not part.operator.startswith(":"))
        kind = part.operator.removeprefix(":")
        if kind == "+":
            return self.worked_out(part.word) if there else ""
        if found is not None and there:
            return found.text
        return self._default(part) if kind in {"-", "="} else self._unset(part.name)

    def _default(self, part: Reference) -> str:
        text = self.worked_out(part.word)
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

    def _element(self, part: Reference) -> str:
        """${NAME[1]}, of an array all of whose words up to that are known. Raises UnclearWord."""
        array, at = self.now.variables.get(part.name), part.operator[1:-1]
        words = array.words[: int(at) + 1] if isinstance(array, Unclear) and at != "@" else ()
        if not words or not all(map(is_whole, words)) or len(words) <= int(at):
            raise UnclearWord(f"is made by ${{{part.name}…}}, a part of a value")
        return str(words[-1])

    def _trimmed(self, text: str, part: Reference) -> str:
        pattern = self.pattern(part.word)
        if len(text) > LONGEST_PATH or pattern.count(".*") > 1:  # which may take for ever
            raise UnclearWord("is made by a pattern")
        return trimmed(text, part.operator, pattern)

    def pattern(self, parts: Sequence[Part]) -> str:
        """A pattern as a regular expression. Raises UnclearWord."""
        found = ""
        for part in merged(parts):
            if isinstance(part, Text) and not part.quoted:
                like = regex(part.text)
            else:
                text = self.worked_out([part])
                like = (
                    None if isinstance(part, Reference) and not part.quoted and SPECIAL & {*text} else re.escape(text)
                )
            if like is None:
                raise UnclearWord("is made by a pattern")
            found += like
        return found

    def _settle(self, part: Reference) -> None:
        """${NAME:=word}: it holds what it does under a condition, or the word."""
        found = self.now.variables.get(part.name)
        if isinstance(found, Value) and found.maybe:
            other = Value(self.worked_out(part.word), self.file, self.line)
            self.now.variables[part.name] = one_or_the_other(replace(found, maybe=False), other)

    @contextmanager
    def doubting(self, parts: Sequence[Part]) -> Iterator[None]:
        """Where not all of `parts` can be worked out, neither is known what the ${NAME:=word} in them have set."""
        try:
            yield
        except UnclearWord:
            self.doubt(parts)
            raise

    def doubt(self, parts: Sequence[Part]) -> None:
        """Whether the ${NAME:=word} in `parts` set anything is not known."""
        for part in every(parts):
            if isinstance(part, Reference) and part.operator.endswith("=") and not self._is_full(part.name):
                self.now.variables[part.name] = Unclear(ONE_OR_THE_OTHER, self.file, self.line)

    def _is_full(self, name: str) -> bool:
        """Whether a variable holds something for sure, so that no default is taken."""
        found = self.now.variables.get(name)
        return isinstance(found, Value) and bool(found.text) and not found.maybe

    def _held(self, name: str) -> Value | None:
        """What a variable holds; None where it is not set. Raises UnclearWord."""
        found = self.now.variables.get(name)
        if (name == "0" or (name == "BASH_SOURCE" and self.bash)) and self.script:
            return Value(str(self.script if name == "0" else self.file.absolute()), self.file, self.line)
        if name.isdigit():
            return self._argument(int(name))
        if found is None and name == "HOME" and self.home:
            return Value(self.home, self.file, self.line)
        if isinstance(found, Unclear) and is_whole(first := next(iter(found.words), None)):
            return Value(str(first), found.file, found.line)  # of an array
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
        if self.arguments is None or not all(map(is_whole, self.arguments[:number])):
            raise UnclearWord(f"is made by ${number}")
        given = self.arguments[number - 1 : number]
        return Value(str(given[0]), self.file, self.line) if given else None
