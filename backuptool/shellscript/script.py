"""What variables hold at the end of a script, as far as that can be known without running it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from backuptool.errors import UsageError
from backuptool.shellscript.commands import Command, commands, plain
from backuptool.shellscript.expansion import Expansion
from backuptool.shellscript.exports import Exports
from backuptool.shellscript.found import Called, Script, Unclear, Value
from backuptool.shellscript.parts import NoScript, Part, Text, Unknown, Word
from backuptool.shellscript.words import SUBSTITUTION

ASSIGNMENT = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)(\+?)=")
DECLARING = frozenset({"export", "readonly", "declare", "typeset", "local"})
TAKING = dict.fromkeys(("read", "mapfile", "getopts"), "is read while it runs") | dict.fromkeys(
    ("for", "select"), "is what a loop goes through"
)
LOCAL = frozenset({"declare", "typeset", "local"})  # in a function
ENDING = frozenset({"exit", "exec", "return"})
DEEPEST = 5  # files that name each other
LARGEST = 1 << 20  # bytes


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
        self.script, self.exports, self._depth = Script(), Exports(), 0
        self.expansion = self.expanding(home)
        self._function, self._hidden = 0, dict[str, Value | Unclear | None]()

    def expanding(self, home: str) -> Expansion:
        """What words are to it."""
        return Expansion(self.script, home)

    def read(self, path: Path) -> None:
        """Follow the script at `path`. Raises UsageError."""
        text, before = _text(path), self.expansion.file
        self._depth += 1
        try:
            self.read_text(text, path)
        except NoScript as error:
            raise UsageError(f"{path}: {error}", hint="try it: bash -n") from error
        finally:
            self.expansion.file = before
            self._depth -= 1

    def read_text(self, text: str, path: Path) -> None:
        """Follow the script `text`, which stands at `path`. Raises NoScript."""
        for command in commands(text):
            self.expansion.file, self.expansion.line = path, command.words[0].line
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
                self._set(plain(word), Unclear(TAKING[called], self.expansion.file, word.line), certain=False)
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
        known = tuple(one for word in words for one in self.expansion.words(word))
        made = tuple(text for word in words if (text := self.expansion.substitution(word.parts)))
        self.script.commands.append(Called(known, self.expansion.file, words[0].line, made, self._environment(before)))

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

    def source(self, word: Word) -> None:
        """Follow the script that `word` names."""
        named = self.expansion.known(word)
        if named is None or not named.startswith("/") or self._depth > DEEPEST or not Path(named).is_file():
            self.script.unread.append(named or "a file whose name is worked out while it runs")
            return
        self.read(Path(named))

    def _assign(self, word: Word, *, certain: bool) -> None:
        assigned = _assigned(word)
        if assigned is None:
            return
        name, appends, parts = assigned
        self.expansion.line = word.line
        self._set(name, self.expansion.value(name, parts, appends=appends), certain=certain)

    def _set(self, name: str, found: Value | Unclear, *, certain: bool) -> None:
        before = self.script.variables.get(name)
        different = isinstance(before, Value) and isinstance(found, Value) and before.text != found.text
        if not certain and (different or (isinstance(before, Value) and isinstance(found, Unclear))):
            found = Unclear("is set to one or the other under a condition", found.file, found.line)
        if name:
            self.script.variables[name] = found
            self.exports.pass_value(name)


def _assigned(word: Word) -> tuple[str, bool, tuple[Part, ...]] | None:
    """The name, whether it is added to, the value; None for a word that sets nothing."""
    first = word.parts[0] if word.parts else None
    if not isinstance(first, Text) or first.quoted or not (found := ASSIGNMENT.match(first.text)):
        return None
    rest = first.text[found.end() :]
    return found[1], bool(found[2]), (*((Text(rest),) if rest else ()), *word.parts[1:])
