"""What variables hold at the end of a script, as far as that can be known without running it."""

from __future__ import annotations

import codecs
import shlex
import stat
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

from backuptool.errors import UsageError
from backuptool.shellscript.builtins import ENDING, literal, unwrapped
from backuptool.shellscript.calls import Calls
from backuptool.shellscript.commands import NUMBERS, Command, commands, plain
from backuptool.shellscript.exports import Exports
from backuptool.shellscript.found import Script, Unclear, Unread, Value
from backuptool.shellscript.parts import NoScript, Unknown, Word
from backuptool.shellscript.setting import Setting
from backuptool.shellscript.variables import assigned_by
from backuptool.shellscript.words import ARITHMETIC, SUBSTITUTION

DEEPEST = 5  # files that name each other
LARGEST = 1 << 20  # bytes
DEEPEST_CALL, MOST_STEPS = 20, 10_000  # functions that call each other; commands in all bodies, each time again
GIVEN = frozenset({"$@", "$*", "$1", "$2"})
State = tuple[dict[str, Value | Unclear], Exports]
Left = tuple[dict[str, Value | Unclear], Exports | None]


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


@dataclass(frozen=True, slots=True)
class Function:
    """The commands of its body, and the file that they stand in. `certain`: it was not unset under a condition."""

    file: Path
    commands: list[Command]
    certain: bool = True


class Reader(Setting):
    """Follows a script command by command."""

    def __init__(self, home: str) -> None:
        super().__init__(home)
        self._calls = Calls(self.script, self.expansion, self.variables)
        self._function = self._around = (0, "")  # whose body is read; in which a file is sourced
        self._functions = dict[str, Function]()
        self._named, self._outside = set[str](), list[State]()
        self._sure, self._blocks = True, frozenset[int]()
        self._depth = self._followed = self._steps = 0

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
        self._named.update(_named(text))
        for command in commands(text):
            self.expansion.file, self.expansion.line = path, command.words[0].line
            self._enter(command)
            if self._run(command):
                break

    def end(self) -> None:
        """Nothing follows."""
        if self._function[0]:
            self._leave()
        self._calls.end()

    def source(self, word: Word, *, certain: bool) -> None:
        """Follow the script that `word` names; not `certain`: under a condition, which may be that it is there."""
        named = self.expansion.known(word)
        if named is None or not named.startswith("/") or self._depth > DEEPEST or not Path(named).is_file():
            name = named or "a file whose name is worked out while it runs"
            self.leave_unread(Unread(name, self.expansion.file, word.line))
            return
        outer = self._sure, self._blocks, self._around
        if not certain and named not in self.tested:
            self._sure, self._blocks = False, self.expansion.blocks
        self._around = self._function
        try:
            self.read(Path(named))
        finally:
            if self._function != self._around:
                self._leave()
            self._function = self._around
            self._sure, self._blocks, self._around = outer

    def unset_function(self, name: str, command: Command) -> None:
        """In a body that is only read it is still there; in a shell of its own it is gone there only."""
        if name not in self._functions or command.shell or (self._function[0] and not self._followed):
            return
        if command.certain:
            del self._functions[name]
        else:
            self._functions[name] = replace(self._functions[name], certain=False)

    def _enter(self, command: Command) -> None:
        """What follows may be in another body."""
        function = (command.function, command.name) if command.function else self._around
        if function != self._function:
            if self._function != self._around:
                self._leave()
            self._function = function
            if function != self._around:
                self.variables.enter()
                self._outside.append((dict(self.script.variables), self.variables.exports.copy()))
                self._functions[command.name] = Function(self.expansion.file, [])
        if command.name:
            self._functions[command.name].commands.append(command)

    def _leave(self) -> None:
        """A body ends: what it sets it does when it is called, if anything that is read calls it."""
        self.variables.leave(self._function[1])
        outside = self._outside.pop()
        if self._function[1] in self._named:
            self.script.variables, self.variables.exports = outside

    def _run(self, command: Command) -> bool:
        """Do what `command` does to variables; whether the script ends with it."""
        command = replace(command, certain=command.certain and self._sure, blocks=command.blocks | self._blocks)
        words = list(command.words)
        self.expansion.blocks = command.blocks
        for word in words:
            self._within(word)
            self.expansion.blocks = command.blocks
        name = next((word for word in words if not assigned_by(word)), None)
        if name is None:
            for word in words if not command.apart else ():
                self.variables.assign(word, certain=command.certain or self.is_default(word, command))
            return False
        before, rest = words[: words.index(name)], words[words.index(name) :]
        shell, *its = unwrapped(rest)
        called = literal(shell)
        self.test(called, its, command)
        if not _is_arithmetic(name) and not self.sets(called, shell, its, command):
            options = [plain(word) for word in its] if called == "set" else []
            self.variables.exports.pass_set(options, certain=command.certain)
            if self._followed:
                self._calls.repeat(rest, before)
            else:
                self._calls.add(rest, before, in_body=bool(self._function[0]))
            follow = self._follow_apart if command.apart else self._follow
            passed_on = self._passed_on(called, its)
            if called in self._functions and shell is rest[0]:  # `command` and `builtin` run no function
                sure = command.certain and self._functions[called].certain
                if follow(called, before, replace(command, certain=sure)):
                    return True
                called = ""  # it is none of the shell's own, whatever it is called
            for one in passed_on:
                if one in self._functions:  # what was called may have unset it
                    follow(one, before, replace(command, certain=False))
        ends = called in ENDING and (bool(its) or called != "exec")
        return ends and command.certain and not command.apart

    def _passed_on(self, called: str, rest: Sequence[Word]) -> Sequence[str]:
        """The functions that `called` may run, as they are named behind it: eval, and what runs its own "$@"."""
        its = self._functions[called].commands if called in self._functions else ()
        if called != "eval" and not any(map(_is_given, its)):
            return ()
        return [name for name in map(literal, rest) if name in self._functions and name != called]

    def _follow(self, name: str, before: Sequence[Word], command: Command) -> bool:
        """Do what the function `name` does, which `command` calls; whether the script ends with it."""
        function, file = self._functions[name], self.expansion.file
        self._steps += len(function.commands)
        if self._followed == DEEPEST_CALL or self._steps > MOST_STEPS:
            how = "is called too often to be followed"
            self.leave_unread(Unread(name, file, command.words[0].line, how))
            return False
        outer, left = (self._function, self._sure, self._blocks), list[Left]()
        self.expansion.file = function.file
        self._sure, self._blocks = command.certain, command.blocks
        self._followed += 1
        try:
            with self.variables.called(name, before):
                ends = self._ended_in(function.commands, left)
        finally:
            self._followed -= 1
            self._function, self._sure, self._blocks = outer
            self.expansion.file = file
        self.expansion.line, self.expansion.blocks = command.words[0].line, command.blocks
        for variables, exports in left:
            if exports:
                self.variables.join(variables, exports)
            else:
                self.variables.doubt(variables)
        return ends and all(exports is None for _, exports in left)

    def _follow_apart(self, name: str, before: Sequence[Word], command: Command) -> bool:
        """What it sets is gone behind it; but what is set nowhere else is known, to who looks for nothing more."""
        number, outside = frozenset({next(NUMBERS)}), (dict(self.script.variables), self.variables.exports.copy())
        self._follow(name, before, command)
        inside = self.script.variables
        self.script.variables, self.variables.exports = outside
        for new in inside.keys() - self.script.variables.keys():
            found = inside[new]
            self.script.variables[new] = replace(found, only_in=number) if isinstance(found, Value) else found
        return False

    def _ended_in(self, body: Sequence[Command], left: list[Left]) -> bool:
        """`left`: gets what there is where the body may end under a condition; no exports: the script."""
        for one in tuple(body):
            self._function = (one.function, one.name)
            self.expansion.line = one.words[0].line
            ends, what = self._run(replace(one, certain=one.inner)), literal(unwrapped(one.words)[0])
            leaves = what in {"exit", "return"} and not one.apart and not one.shell
            if ends or (one.inner and leaves):  # the body, also where the call is not certain
                return ends and what != "return"
            if leaves:
                exports = self.variables.exports.copy() if what == "return" else None
                left.append((self.variables.outside(), exports))
        return False

    def _within(self, word: Word) -> None:
        """The commands of its substitutions run something too; what they set is gone behind them."""
        for part in word.parts:
            if isinstance(part, Unknown) and part.what == ARITHMETIC:
                self.work_out(part.text, word)
            if not isinstance(part, Unknown) or part.what != SUBSTITUTION:
                continue
            before, around = (dict(self.script.variables), self.variables.exports.copy()), self.expansion.blocks
            functions = dict(self._functions)
            with suppress(NoScript, UsageError):  # what is not read there is no dump that is known, which init says
                for command in commands(part.text):
                    words = tuple(Word(one.parts, word.line) for one in command.words)
                    blocks = command.blocks | around
                    if self._run(Command(words, command.certain, self._function[0], blocks=blocks)):
                        break
            self.script.variables, self.variables.exports = before
            self._functions = functions


def _named(text: str) -> Iterator[str]:
    """What the commands of a script are called, as far as it can be read: behind an `exit` it need not be."""
    with suppress(NoScript):
        for command in commands(text):
            yield from islice((literal(word) for word in command.words if not assigned_by(word)), 1)


def _is_given(command: Command) -> bool:
    """Whether what is run is what a function was called with: "$@"."""
    name = next((word for word in command.words if not assigned_by(word)), Word((), 0))
    return any(isinstance(part, Unknown) and part.what in GIVEN for part in name.parts)


def _is_arithmetic(word: Word) -> bool:
    match word.parts:
        case [Unknown(what=what)]:
            return what == ARITHMETIC
    return False
