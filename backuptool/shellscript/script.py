"""What variables hold at the end of a script, as far as that can be known without running it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import takewhile
from pathlib import Path

from backuptool.errors import UsageError
from backuptool.shellscript.commands import Command, commands, plain
from backuptool.shellscript.exports import Exports
from backuptool.shellscript.parts import NoScript, Part, Reference, Text, Unknown, Word
from backuptool.shellscript.words import SUBSTITUTION, Words

ASSIGNMENT = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)(\+?)=")
# `NAME=`, `--option=`, `--env=NAME=`, `-eNAME=`
BEGUN = re.compile(r"-{0,2}[A-Za-z_][\w-]*=(?:[A-Za-z_]\w*=)?", re.ASCII)
DECLARING = frozenset({"export", "readonly", "declare", "typeset", "local"})
TAKING = dict.fromkeys(("read", "mapfile", "getopts"), "is read while it runs") | dict.fromkeys(
    ("for", "select"), "is what a loop goes through"
)
LOCAL = frozenset({"declare", "typeset", "local"})  # in a function
ENDING = frozenset({"exit", "exec", "return"})
DEEPEST = 5  # files that name each other
LARGEST = 1 << 20  # bytes


@dataclass(frozen=True, slots=True)
class Value:
    """What a variable holds, and where that is set."""

    text: str
    file: Path
    line: int


@dataclass(frozen=True, slots=True)
class Unclear:
    """Why nobody knows what a variable holds, and where. `text`: that of the command substitution which makes it;
    `words`: those of an array."""

    why: str
    file: Path
    line: int
    text: str = ""
    words: tuple[str | None, ...] = ()


@dataclass(frozen=True, slots=True)
class Called:
    """A command that runs something: its words (None: not known; `NAME=$`: only the name is), and where it stands.
    `substitutions`: the texts of those that make a whole word, also by way of a variable. `environment`: NAME=value, as
    the words are, of what the script exports and of what stands before the command."""

    words: tuple[str | None, ...]
    file: Path
    line: int
    substitutions: tuple[str, ...] = ()
    environment: tuple[str, ...] = ()


class UnclearWord(Exception):
    """Something in a word that only the shell can work out."""


@dataclass(slots=True)
class Script:
    """`variables` by name; `commands` that run something; `unread`: files that it sources and could not be read."""

    variables: dict[str, Value | Unclear] = field(default_factory=dict)
    commands: list[Called] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)


def read_script(path: Path, environment: Mapping[str, str]) -> Script:
    """What the script at `path` sets. `environment`: only HOME counts. Raises UsageError."""
    reader = Reader(environment.get("HOME", ""))
    reader.read(path)
    reader.enter(0)
    return reader.script


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST + 1)
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}", hint="name the script that made the backups so far") from error
    if b"\0" in content or len(content) > LARGEST:
        raise UsageError(f"{path} is no shell script", hint="name the script that made the backups so far")
    return content.decode("utf-8", "surrogateescape")


class Reader:
    """Follows a script command by command; `script`: what is known of it so far. `home`: what ~ is, if anything."""

    def __init__(self, home: str) -> None:
        self._home, self.script, self._path, self._line = home, Script(), Path(), 0
        self.exports, self._depth = Exports(), 0
        self._function, self._hidden = 0, dict[str, Value | Unclear | None]()

    def read(self, path: Path) -> None:
        """Follow the script at `path`. Raises UsageError."""
        text, before = _text(path), self._path
        self._depth += 1
        try:
            self.read_text(text, path)
        except NoScript as error:
            raise UsageError(f"{path}: {error}", hint="try it: bash -n") from error
        finally:
            self._path = before
            self._depth -= 1

    def read_text(self, text: str, path: Path) -> None:
        """Follow the script `text`, which stands at `path`. Raises NoScript."""
        for command in commands(text):
            self._path, self._line = path, command.words[0].line
            if self._run(command):
                break

    def _run(self, command: Command) -> bool:
        """Do what `command` does to variables; whether the script ends with it."""
        self.enter(command.function)
        words = list(command.words)
        for word in words:
            self._within(word)
        name = next((word for word in words if _assigned(word) is None), None)
        if name is None:
            for word in words:
                self._assign(word, certain=command.certain)
            return False
        before, rest = words[: words.index(name)], words[words.index(name) + 1 :]
        called = plain(name)
        if called in DECLARING:
            self._declare(called, rest, command)
        elif called in TAKING:
            for word in rest[: 1 if called in {"for", "select"} else None]:
                self._set(plain(word), Unclear(TAKING[called], self._path, word.line), certain=False)
        elif called == "unset" and command.certain:
            for word in rest:
                self.script.variables.pop(plain(word), None)
                self.exports.names.discard(plain(word))
        elif called in {".", "source"} and rest:
            self.source(rest[0])
        else:
            self.exports.pass_set([plain(word) for word in rest] if called == "set" else [])
            self._call([name, *rest], before)
        return called in ENDING and command.certain and (bool(rest) or called != "exec")

    def enter(self, function: int) -> None:
        """What follows is in the body `function`: behind another one, its local variables are gone."""
        if function != self._function:
            for name, before in self._hidden.items():
                self.script.variables.pop(name, None)
                self.script.variables.update({name: before} if before else {})
            self._function, self._hidden = function, {}

    def _declare(self, called: str, words: Sequence[Word], command: Command) -> None:
        exported = called == "export" or "-x" in map(plain, words)
        for word in words:
            assigned = _assigned(word)
            name = assigned[0] if assigned else plain(word)
            self.exports.names |= {name} if exported else set()
            if called in LOCAL and command.function and name not in self._hidden and "-g" not in map(plain, words):
                self._hidden[name] = self.script.variables.pop(name, None)
            self._assign(word, certain=command.certain)

    def _call(self, words: Sequence[Word], before: Sequence[Word]) -> None:
        known = tuple(one for word in words for one in self._split(word))
        made = tuple(text for word in words if (text := self._substitution(word.parts)))
        self.script.commands.append(Called(known, self._path, words[0].line, made, self._environment(before)))

    def _environment(self, words: Sequence[Word]) -> tuple[str, ...]:
        """What a command gets behind the assignments `words`, which are its own."""
        variables = self.script.variables
        self.script.variables = dict(variables)
        for word in words:
            self._assign(word, certain=True)
        own = [found[0] for word in words if (found := _assigned(word))]
        names = dict.fromkeys([*sorted(self.exports.names), *own])
        values = {name: value for name in names if (value := self.script.variables.get(name))}
        self.script.variables = variables
        return tuple(f"{name}={value.text if isinstance(value, Value) else '$'}" for name, value in values.items())

    def _within(self, word: Word) -> None:
        """The commands of its substitutions run something too; what they set is gone behind them."""
        for part in word.parts:
            if not isinstance(part, Unknown) or part.what != SUBSTITUTION:
                continue
            before = dict(self.script.variables), self.exports.copy()
            with suppress(NoScript, UsageError):  # what is not read there is no dump that is known, which init says
                for command in commands(part.text):
                    words = tuple(Word(one.parts, word.line) for one in command.words)
                    if self._run(Command(words, command.certain, self._function)):
                        break
            self.script.variables, self.exports = before

    def _split(self, word: Word) -> Sequence[str | None]:
        """The words that the shell makes of `word`: of a variable without quotes, of a whole array."""
        known = self._known(word)
        match _essence(word.parts):
            case [Reference(name=name, operator="[@]")] if isinstance(
                found := self.script.variables.get(name), Unclear
            ):
                return found.words or [None]
            case [Reference()] if len(word.parts) == 1 and known is not None:
                return known.split()
        return [_begun(word) if known is None else known]

    def _substitution(self, parts: Sequence[Part]) -> str:
        """The text of the command substitution that makes all of a word."""
        match _essence(parts):
            case [Unknown(what="a command substitution", text=text)]:
                return text
            case [Reference(name=name)] if isinstance(found := self.script.variables.get(name), Unclear):
                return found.text
        return ""

    def _array(self, name: str, parts: Sequence[Part], *, appends: bool) -> tuple[str | None, ...]:
        """The words of the array that is set; none where it is no array."""
        match parts:
            case [Unknown(what="an array", text=text)]:
                words = tuple(one for word in Words(text) if isinstance(word, Word) for one in self._split(word))
                before = self.script.variables.get(name) if appends else None
                return (*(before.words if isinstance(before, Unclear) else ()), *words)
        return ()

    def source(self, word: Word) -> None:
        """Follow the script that `word` names."""
        named = self._known(word)
        if named is None or not named.startswith("/") or self._depth > DEEPEST or not Path(named).is_file():
            self.script.unread.append(named or "a file whose name is worked out while it runs")
            return
        self.read(Path(named))

    def _assign(self, word: Word, *, certain: bool) -> None:
        assigned = _assigned(word)
        if assigned is None:
            return
        name, appends, parts = assigned
        found: Value | Unclear
        try:
            before = self.referred(Reference(name, "-")) if appends else ""
            found = Value(before + self._worked_out(parts, tilde=True), self._path, word.line)
        except UnclearWord as unclear:
            array = self._array(name, parts, appends=appends)
            found = Unclear(str(unclear), self._path, word.line, self._substitution(parts), array)
        self._set(name, found, certain=certain)

    def _set(self, name: str, found: Value | Unclear, *, certain: bool) -> None:
        before = self.script.variables.get(name)
        different = isinstance(before, Value) and isinstance(found, Value) and before.text != found.text
        if not certain and (different or (isinstance(before, Value) and isinstance(found, Unclear))):
            found = Unclear("is set to one or the other under a condition", found.file, found.line)
        if name:
            self.script.variables[name] = found
            self.exports.pass_value(name)

    def _known(self, word: Word) -> str | None:
        try:
            return self._worked_out(word.parts, tilde=True)
        except UnclearWord:
            return None

    def _worked_out(self, parts: Sequence[Part], *, tilde: bool = False) -> str:
        return "".join(self._pieces(parts, tilde=tilde))

    def _pieces(self, parts: Sequence[Part], *, tilde: bool) -> Iterator[str]:
        for index, part in enumerate(parts):
            if isinstance(part, Unknown):
                raise UnclearWord(f"is made by {part.what}")
            if isinstance(part, Reference):
                yield self.referred(part)
            elif tilde and index == 0 and not part.quoted and part.text.startswith("~"):
                yield self._at_home(part.text)
            else:
                yield part.text

    def _at_home(self, text: str) -> str:
        if not self._home or text[1:2] not in {"", "/"}:
            raise UnclearWord("begins with ~, the home of whoever runs it")
        return self._home + text[1:]

    def referred(self, part: Reference) -> str:
        """What is put in the place of `part`. Raises UnclearWord."""
        found = self.script.variables.get(part.name)
        if found is None and part.name == "HOME" and self._home:
            found = Value(self._home, self._path, self._line)
        if isinstance(found, Unclear):
            raise UnclearWord(f"refers to {part.name}, which {found.why}")
        empty_counts = part.operator.startswith(":")
        there = found is not None and (bool(found.text) or not empty_counts)
        kind = part.operator.removeprefix(":")
        if kind == "+":
            return self._worked_out(part.word) if there else ""
        if there and found is not None:
            return found.text
        if kind in {"-", "="}:
            text = self._worked_out(part.word)
            if kind == "=":
                self.script.variables[part.name] = Value(text, self._path, self._line)
            return text
        if found is not None and not kind:
            return found.text
        raise UnclearWord(f"refers to {part.name}, which it does not set")


def _essence(parts: Sequence[Part]) -> list[Part]:
    """The parts but for the mark of a double quote."""
    return [part for part in parts if part != Text("", quoted=True)]


def _assigned(word: Word) -> tuple[str, bool, tuple[Part, ...]] | None:
    """The name, whether it is added to, the value; None for a word that sets nothing."""
    first = word.parts[0] if word.parts else None
    if not isinstance(first, Text) or first.quoted or not (found := ASSIGNMENT.match(first.text)):
        return None
    rest = first.text[found.end() :]
    return found[1], bool(found[2]), (*((Text(rest),) if rest else ()), *word.parts[1:])


def _begun(word: Word) -> str | None:
    """`NAME=$` and the like, where only the value is not known; what follows it in `word` is not known either."""
    texts = takewhile(lambda part: isinstance(part, Text), word.parts)
    found = BEGUN.match("".join(part.text for part in texts if isinstance(part, Text)))
    return f"{found[0]}$" if found else None
