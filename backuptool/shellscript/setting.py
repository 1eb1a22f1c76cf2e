"""What the shell's own commands set, as far as that can be known without running them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence

from backuptool.shellscript.arithmetic import set_by
from backuptool.shellscript.builtins import DECLARING, IS_THERE, TAKING, TESTING
from backuptool.shellscript.commands import Command, plain
from backuptool.shellscript.expansion import Expansion
from backuptool.shellscript.found import Script, Unclear, Unread
from backuptool.shellscript.parts import Reference, Word
from backuptool.shellscript.variables import Variables, assigned_by

NO_TEST = (frozenset[str](), frozenset[int]())


class Setting(ABC):
    """Of `script`, what is known of it so far. `home`: what ~ is, if anything; `tested`: files of which the last test
    only asked whether they can be read. Who follows the script knows what is abstract here: its files and functions."""

    def __init__(self, home: str) -> None:
        self.script = Script()
        self.expansion = self.expanding(home)
        self.variables = Variables(self.script, self.expansion)
        self.tested, self._empty = frozenset[str | None](), NO_TEST

    def expanding(self, home: str) -> Expansion:
        """What words are to it."""
        return Expansion(self.script, home)

    @abstractmethod
    def source(self, word: Word, *, certain: bool) -> None:
        """Follow the script that `word` names; not `certain`: under a condition, which may be that it is there."""

    @abstractmethod
    def unset_function(self, name: str, command: Command) -> None:
        """`command` makes an end of the function `name`, if there is one."""

    def set_unseen(self, word: Word) -> None:
        """The command that begins with `word` sets what is not known without running it."""
        how = "may set any variable, which is not known without running it"
        self.leave_unread(Unread(plain(word), self.expansion.file, word.line, how))

    def leave_unread(self, one: Unread) -> None:
        """It is said of the script, once."""
        if one not in self.script.unread:
            self.script.unread.append(one)

    def test(self, called: str, rest: Sequence[Word], command: Command) -> None:
        """What `called` asks with the words behind it, where it is a test."""
        self._empty = _empty(rest, command) if called in TESTING else NO_TEST
        if called in TESTING:
            words = frozenset(map(self.expansion.known, rest))
            self.tested = words if words & IS_THERE else frozenset()

    def is_default(self, word: Word, command: Command) -> bool:
        """Whether it sets what it was just tested not to be set: as ${NAME:=…} does."""
        name, (names, blocks) = assigned_by(word), self._empty
        return name in names and name not in self.script.variables and blocks <= command.blocks

    def sets(self, called: str, name: Word, rest: Sequence[Word], command: Command) -> bool:
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
                self.work_out(self.expansion.known(word) or "", word)
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
        for one in filter(None, every if not command.apart else ()):
            if "-f" in every or (one not in self.script.variables and "-v" not in every):
                self.unset_function(one, command)
            elif command.certain:
                self.variables.unset(one)
            elif one in self.script.variables:
                self._make_unclear(one, "is unset under a condition", name)

    def work_out(self, expression: str, word: Word) -> None:
        """What is arithmetic in `word`."""
        for name in set_by(expression):
            self._make_unclear(name, "is worked out while it runs", word)

    def _make_unclear(self, name: str, why: str, word: Word) -> None:
        self.variables.set(name, Unclear(why, self.expansion.file, word.line), certain=True)


def _empty(rest: Sequence[Word], command: Command) -> tuple[frozenset[str], frozenset[int]]:
    """The variables of which a test asks whether they are empty, and the conditions that it makes; none where it is
    asked under another."""
    around = command.blocks - ({max(command.blocks, default=0)} if command.mark != "&&" else NO_TEST[1])  # `if [ … ]`
    asks = "-z" in map(plain, rest) and command.mark != "||" and not around
    names = (part.name for word in rest for part in word.parts if isinstance(part, Reference))
    return frozenset(names if asks else ()), command.blocks


def _may_assign(words: Sequence[str | None]) -> bool:
    """Whether the text that eval gets may set something: it has an assignment in it, or is not known."""
    return any(word is None or "=" in word for word in words)
