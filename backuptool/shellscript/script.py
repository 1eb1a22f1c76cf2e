"""What variables hold at the end of a script, as far as that can be known without running it."""

from __future__ import annotations

import codecs
import shlex
import stat
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from backuptool.errors import UsageError
from backuptool.shellscript.arithmetic import set_by
from backuptool.shellscript.bodies import Body, in_both
from backuptool.shellscript.builtins import DECLARING, ENDING, IS_THERE, TAKING, TESTING, literal, unwrapped
from backuptool.shellscript.commands import Command, commands, plain
from backuptool.shellscript.expansion import Expansion
from backuptool.shellscript.found import Called, Script, Unclear, Unread
from backuptool.shellscript.parts import NoScript, Unknown, Word
from backuptool.shellscript.variables import Variables, assigned_by
from backuptool.shellscript.words import ARITHMETIC, SUBSTITUTION

DEEPEST = 5  # files that name each other
LARGEST = 1 << 20  # bytes


def read_script(path: Path, environment: Mapping[str, str]) -> Script:
    """What the script at `path` sets. `environment`: only HOME counts. Raises UsageError."""
    reader = Reader(environment.get("HOME", ""))
    reader.read(path)
    reader.end()
    return reader.script


def _text(path: Path) -> str:
    try:
        if not stat.S_ISREG(path.stat().st_mode):  # a pipe would be waited for
            raise UsageError(f"{path} is not a file", hint="name the script that made the backups so far")
        with path.open("rb") as file:
            content = file.read(LARGEST + 1)
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}", hint="name the script that made the backups so far") from error
    if b"\0" in content or len(content) > LARGEST:
        raise UsageError(f"{path} is no shell script", hint="name the script that made the backups so far")
    return content.removeprefix(codecs.BOM_UTF8).decode("utf-8", "surrogateescape")


class Reader:
    """Follows a script command by command; `script`: what is known of it so far. `home`: what ~ is, if anything."""

    def __init__(self, home: str) -> None:
        self.script, self._depth, self._function = Script(), 0, 0
        self.expansion = self.expanding(home)
        self.variables = Variables(self.script, self.expansion)
        self._bodies, self._passed = list[Body](), dict[str, Unclear]()
        self._sure, self._tested = True, frozenset[str | None]()

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
            raise UsageError(f"{path}: {error}", hint=f"try it: bash -n {shlex.quote(str(path))}") from error
        finally:
            self.expansion.file = before
            self._depth -= 1

    def read_text(self, text: str, path: Path) -> None:
        """Follow the script `text`, which stands at `path`. Raises NoScript."""
        for command in commands(text):
            self.expansion.file, self.expansion.line = path, command.words[0].line
            if self._run(command):
                break

    def end(self) -> None:
        """Nothing follows: what the commands in bodies got may have changed since these were defined."""
        self._enter(0)
        variables = self.script.variables
        for body in self._bodies:
            self.script.variables = {**variables, **self._passed, **body.own}
            again = self._called(body.words, body.before)
            self.script.commands[body.at] = in_both(self.script.commands[body.at], again)
        self.script.variables = variables

    def source(self, word: Word, *, certain: bool) -> None:
        """Follow the script that `word` names; not `certain`: under a condition, which may be that it is there."""
        named = self.expansion.known(word)
        if named is None or not named.startswith("/") or self._depth > DEEPEST or not Path(named).is_file():
            name = named or "a file whose name is worked out while it runs"
            self.script.unread.append(Unread(name, self.expansion.file, word.line))
            return
        sure, self._sure = self._sure, self._sure and (certain or named in self._tested)
        self.read(Path(named))
        self._sure = sure

    def set_unseen(self, word: Word) -> None:
        """The command that begins with `word` sets what is not known without running it."""
        how = "may set any variable, which is not known without running it"
        self.script.unread.append(Unread(plain(word), self.expansion.file, word.line, how))

    def _enter(self, function: int) -> None:
        """What follows is in the body `function`."""
        if function != self._function:
            self.variables.leave()
            self._function = function

    def _run(self, command: Command) -> bool:
        """Do what `command` does to variables; whether the script ends with it."""
        self._enter(command.function)
        command = replace(command, certain=command.certain and self._sure)
        words = list(command.words)
        for word in words:
            self._within(word)
        name = next((word for word in words if not assigned_by(word)), None)
        if name is None:
            for word in words if not command.apart else ():
                self.variables.assign(word, certain=command.certain)
            return False
        before, rest = words[: words.index(name)], words[words.index(name) :]
        shell, *its = unwrapped(rest)
        called = literal(shell)
        if not _is_arithmetic(name) and not self._sets(called, shell, its, command):
            options = [plain(word) for word in its] if called == "set" else []
            self.variables.exports.pass_set(options, certain=command.certain)
            self._tested = self._asked(its) if called in TESTING else self._tested
            self._call(rest, before)
        return called in ENDING and command.certain and (bool(its) or called != "exec")

    def _sets(self, called: str, name: Word, rest: Sequence[Word], command: Command) -> bool:
        """Do what a command that only sets variables does; whether `called` is one."""
        if called in DECLARING:
            if not command.apart and self.variables.declare(called, rest, command):
                self.set_unseen(name)
        elif called in TAKING:
            self._take(called, rest)
        elif called == "printf" and rest and plain(rest[0]).startswith("-v"):
            self._print(name, rest)
        elif called == "unset":
            self._unset(name, rest, command)
        elif called == "let":
            for word in rest:
                self._work_out(self.expansion.known(word) or "", word)
        elif called in {".", "source"} and rest:
            self.source(rest[0], certain=command.certain)
        else:
            if called == "eval" and _may_assign([one for word in rest for one in self.expansion.words(word)]):
                self.set_unseen(name)
            return False
        return True

    def _take(self, called: str, rest: Sequence[Word]) -> None:
        for word in rest[: 1 if called in {"for", "select"} else None]:
            taken = Unclear(TAKING[called], self.expansion.file, word.line)
            self.variables.set(plain(word), taken, certain=False)

    def _print(self, name: Word, rest: Sequence[Word]) -> None:
        """printf -v NAME."""
        into = plain(rest[0]).removeprefix("-v") or (self.expansion.known(rest[1]) if rest[1:] else "")
        if into is None:
            self.set_unseen(name)
        elif into:
            printed = Unclear("is printed into it while it runs", self.expansion.file, name.line)
            self.variables.set(into, printed, certain=False)

    def _unset(self, name: Word, rest: Sequence[Word], command: Command) -> None:
        every = [one for word in rest for one in self.expansion.words(word)]
        if None in every:
            self.set_unseen(name)
        for one in filter(None, every if "-f" not in every and not command.apart else ()):
            if command.certain:
                self.variables.unset(one)
            elif one in self.script.variables:
                self._make_unclear(one, "is unset under a condition", name)

    def _work_out(self, expression: str, word: Word) -> None:
        for name in set_by(expression):
            self._make_unclear(name, "is worked out while it runs", word)

    def _make_unclear(self, name: str, why: str, word: Word) -> None:
        self.variables.set(name, Unclear(why, self.expansion.file, word.line), certain=True)

    def _asked(self, rest: Sequence[Word]) -> frozenset[str | None]:
        """The files of which a test only asks whether they can be read."""
        words = frozenset(map(self.expansion.known, rest))
        return words if words & IS_THERE else frozenset()

    def _call(self, words: Sequence[Word], before: Sequence[Word]) -> None:
        if self._function:
            own = {name: value for name in self.variables.own if (value := self.script.variables.get(name))}
            self._bodies.append(Body(len(self.script.commands), words, before, own))
        self.script.commands.append(self._called(words, before))
        for word in before:  # is what a body gets, where it is a function that is called
            self._passed[assigned_by(word)] = Unclear("is another in one call", self.expansion.file, word.line)

    def _called(self, words: Sequence[Word], before: Sequence[Word]) -> Called:
        known = tuple(one for word in words for one in self.expansion.words(word))
        made = tuple(text for word in words if (text := self.expansion.substitution(word.parts)))
        return Called(known, self.expansion.file, words[0].line, made, self.variables.environment(before))

    def _within(self, word: Word) -> None:
        """The commands of its substitutions run something too; what they set is gone behind them."""
        for part in word.parts:
            if isinstance(part, Unknown) and part.what == ARITHMETIC:
                self._work_out(part.text, word)
            if not isinstance(part, Unknown) or part.what != SUBSTITUTION:
                continue
            before = dict(self.script.variables), self.variables.exports.copy()
            with suppress(NoScript, UsageError):  # what is not read there is no dump that is known, which init says
                for command in commands(part.text):
                    words = tuple(Word(one.parts, word.line) for one in command.words)
                    if self._run(Command(words, command.certain, self._function)):
                        break
            self.script.variables, self.variables.exports = before


def _is_arithmetic(word: Word) -> bool:
    match word.parts:
        case [Unknown(what=what)]:
            return what == ARITHMETIC
    return False


def _may_assign(words: Sequence[str | None]) -> bool:
    """Whether the text that eval gets may set something: it has an assignment in it, or is not known."""
    return any(word is None or "=" in word for word in words)
