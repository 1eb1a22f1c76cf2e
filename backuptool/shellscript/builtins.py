"""The shell's own commands that set variables, however they are written."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence

from backuptool.shellscript.arithmetic import set_by
from backuptool.shellscript.expansion import Expansion
from backuptool.shellscript.found import Script, Unclear, Unread
from backuptool.shellscript.frames import Ends
from backuptool.shellscript.parts import Word, literal, plain
from backuptool.shellscript.state import State
from backuptool.shellscript.variables import Variables

DECLARING = frozenset({"export", "readonly", "declare", "typeset", "local"})
OF_BASH = frozenset({"declare", "typeset"})
TAKING = frozenset({"read", "mapfile", "readarray", "getopts"})
BEFORE = frozenset({"command", "builtin"})
# POSIX's special ones, but for those above and below: an assignment before one stays, except in bash.
KEEPING = frozenset({":", "set", "shift", "trap", "times", "exit", "return", "break", "continue"})


def unwrapped(words: Sequence[Word]) -> Sequence[Word]:
    """A command behind `command` or `builtin`; as it is where they only speak of it (command -v)."""
    rest = words
    while len(rest) > 1 and literal(rest[0]) in BEFORE:
        rest = rest[2:] if literal(rest[1]) in {"-p", "--"} else rest[1:]
    return words if not rest or literal(rest[0]).startswith("-") else rest


class Builtins(ABC):
    """Of `script`, what is known of it so far. `home`: what ~ is, if anything."""

    def __init__(self, home: str) -> None:
        self.script, self._said = Script(), set[Unread]()
        self.expansion = self.expanding(home)
        self.variables = Variables(self.expansion)

    def expanding(self, home: str) -> Expansion:
        """What words are to it."""
        return Expansion(home)

    @abstractmethod
    def unset_function(self, name: str) -> None:
        """There is no function `name` from here on."""

    @abstractmethod
    def source(self, word: Word, state: State) -> Ends:
        """Follow the script that `word` names from `state` on."""

    @abstractmethod
    def is_there(self, path: str) -> bool:
        """Whether the file can be read."""

    def set_unseen(self, word: Word) -> None:
        """The command that begins with `word` sets what is not known without running it."""
        how = "may set any variable, which is not known without running it"
        self.leave_unread(Unread(plain(word), self.expansion.file, word.line, how))

    def leave_unread(self, one: Unread) -> None:
        """It is said of the script, once."""
        if one not in self._said:
            self.script.unread.append(one)
        self._said.add(one)

    def sets(self, called: str, name: Word, rest: Sequence[Word]) -> bool:
        """Do what a command that only sets variables does; whether `called` is one."""
        if called in DECLARING:
            self._declare(called, name, rest)
        elif called in TAKING or (called == "wait" and any(plain(word).startswith("-p") for word in rest)):
            every = [one for word in rest for one in self.expansion.words(word)]
            if called == "read" and every[-1:] == [None]:  # the last word is a name
                self.set_unseen(name)
            for named in (*every, "REPLY", "OPTARG"):
                self.make_unclear(named or "", "is read while it runs", name)
        elif called == "printf" and rest and plain(rest[0]).startswith("-v"):
            self._print(name, rest)
        elif called == "unset":
            self._unset(name, rest)
        elif called == "let":
            for word in rest:
                self.count(self.expansion.known(word) or "", word)
        else:
            return False
        return True

    def _declare(self, called: str, name: Word, rest: Sequence[Word]) -> None:
        now = self.expansion.now
        before = dict(now.variables)
        if self.variables.declare(called, rest):
            self.set_unseen(name)
        for one, held in now.variables.items() if called in OF_BASH and not self.expansion.bash else ():
            if held is not before.get(one):
                why = f"is set by {called}, which not every sh has"
                now.variables[one] = Unclear(why, self.expansion.file, name.line)

    def _print(self, name: Word, rest: Sequence[Word]) -> None:
        """printf -v NAME."""
        for word in rest:
            self.expansion.known(word)  # for what ${NAME:=…} sets in it
        into = plain(rest[0]).removeprefix("-v") or (self.expansion.known(rest[1]) if rest[1:] else "")
        if into is None:
            self.set_unseen(name)
        elif into:
            self.make_unclear(into, "is printed into it while it runs", name)

    def _unset(self, name: Word, rest: Sequence[Word]) -> None:
        every = [one for word in rest for one in self.expansion.words(word)]
        if None in every:
            self.set_unseen(name)
        for one in filter(None, every):
            if "[" in one:
                self.make_unclear(one.partition("[")[0], "is made by an array", name)
            elif "-n" in every:
                self.make_unclear(one, "is left, or is no longer another name", name)
            elif "-f" in every or (one not in self.expansion.now.variables and "-v" not in every):
                self.unset_function(one)
            elif not one.startswith("-"):
                self.variables.unset(one, name.line)

    def count(self, expression: str, word: Word) -> None:
        """What is arithmetic in `word`."""
        for name in set_by(expression):
            self.make_unclear(name, "is worked out while it runs", word)

    def make_unclear(self, name: str, why: str, word: Word) -> None:
        """What `name` holds from here on is not known."""
        if name.isidentifier():
            self.variables.set(name, Unclear(why, self.expansion.file, word.line))
