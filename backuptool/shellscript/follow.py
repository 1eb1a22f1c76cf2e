"""The simple commands of a script that is followed: what they set, what they call, where they go on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import reduce
from pathlib import Path

from backuptool.errors import UsageError
from backuptool.shellscript.builtins import Builtins, unwrapped
from backuptool.shellscript.calls import Calls
from backuptool.shellscript.conditions import TESTING, outcome
from backuptool.shellscript.flow import Flow
from backuptool.shellscript.found import Unclear, Unread, Value, is_unset
from backuptool.shellscript.frames import LEAVES, NOWHERE, Ends, unknown
from backuptool.shellscript.grammar import Grammar
from backuptool.shellscript.parts import NoScript, Reference, Text, Unknown, Word, literal, plain
from backuptool.shellscript.state import Function, Held, State, joined
from backuptool.shellscript.tree import Definition
from backuptool.shellscript.variables import assigned_by
from backuptool.shellscript.words import ARITHMETIC, SUBSTITUTION

MOST = 10_000  # simple commands, each time again
GOING = frozenset({"cd", "pushd", "popd"})
SAYING = frozenset({"echo", "printf"})
GIVEN = frozenset({"shift", "set"})  # change what $1 is

Arguments = Sequence[str | None] | None  # None: not known


class Follower(Flow, Builtins):
    """Follows a script command by command."""

    def __init__(self, home: str) -> None:
        Flow.__init__(self)
        Builtins.__init__(self, home)
        self._calls = Calls(self.script, self.expansion, self.variables)
        self._defined, self._called = list[Function](), set[Function]()
        self._steps, self._seen = 0, True
        self._passed: Sequence[str | None] = ()

    def end(self, ends: Ends) -> None:
        """The script `ends`, or there was an `exit` before."""
        left = self.frames.script.ends(NOWHERE).either()
        found = ends.either() or left or State()
        self.script.variables = _set(found)
        self.keep_inside(left, found)
        self._seen = False
        for function in self._defined:
            if function not in self._called:
                self._follow_uncalled(function, found)

    def _follow_uncalled(self, function: Function, around: State) -> None:
        """What is not followed may call it at any time, such as a trap."""
        state = around.copy()
        state.variables = dict(self.variables.ever)
        with self.frames.opened("shell") as frame:
            ends = self._call(function, None, (), state)
        self.keep_inside(frame.ends(ends).either(), around)

    def keep_inside(self, after: State | None, around: State) -> None:
        """It is known to who looks for nothing more, where it is set nowhere else."""
        for name, found in _set(after).items():
            if name not in around.variables:
                self._keep(name, found)

    def _keep(self, name: str, found: Held) -> None:
        before = self.script.inside.setdefault(name, found)
        if isinstance(before, Unclear) or (isinstance(found, Value) and before.text == found.text):
            return
        self.script.inside[name] = Unclear("is local to several functions", found.file, found.line)

    def define(self, definition: Definition, state: State) -> None:
        """Of that name there is no other any more."""
        function = Function(self.expansion.file, definition.body)
        self._defined.append(function)
        state.functions[definition.name] = frozenset({function})

    def unset_function(self, name: str) -> None:
        """It may be called no more."""
        self.expansion.now.functions.pop(name, None)

    def take(self, head: Sequence[Word], state: State) -> None:
        """What its variable holds is another each time."""
        self.expansion.now = state
        for word in head[:1]:
            self.make_unclear(plain(word), "is what a loop goes through", word)

    def stop(self) -> None:
        """It is said, once."""
        how = "is called too often to be followed"
        self.leave_unread(Unread("what stands here", self.expansion.file, self.expansion.line, how))

    def work_out(self, words: Iterable[Word], state: State) -> None:
        """What they set in a shell of their own is gone behind it."""
        for word in words:
            for part in word.parts:
                self.expansion.now = state
                if isinstance(part, Unknown) and part.what == ARITHMETIC:
                    self.count(part.text, word)
                elif isinstance(part, Unknown) and part.what == SUBSTITUTION:
                    with suppress(NoScript, UsageError):  # what is not read there is no dump that init knows
                        self.apart(Grammar(part.text, word.line), state)
        self.expansion.now = state

    def simple(self, words: Sequence[Word], state: State) -> Ends:
        """Its words are worked out, then it runs behind the assignments before them."""
        if not words:
            return unknown(state)
        self.expansion.line = words[0].line
        self._steps += 1
        if self._steps > MOST:
            self.stop()
            return unknown(state)
        self.work_out(words, state)
        at = next((at for at, word in enumerate(words) if not assigned_by(word)), len(words))
        if at < len(words):
            return self._command(words[at:], words[:at], state)
        for word in words:
            self.variables.assign(word)
        fails = any(isinstance(part, Unknown) and part.what == SUBSTITUTION for word in words for part in word.parts)
        return unknown(state) if fails else Ends(state, None)

    def _command(self, words: Sequence[Word], before: Sequence[Word], state: State) -> Ends:
        name, *rest = unwrapped(words)
        called = _first(self.expansion.words(name))
        functions = self._functions(called, state) if name is words[0] else frozenset()
        if _is_arithmetic(name) or (not functions and self.sets(literal(name), name, rest)):
            return unknown(state)
        if called in {".", "source"} and rest and not functions:
            return self.source(rest[0], state)
        self._calls.add(words, before, seen=self._seen)
        if functions:
            arguments = [one for word in words for one in self.expansion.words(word)][1:]
            every = [self._call(one, arguments, before, state.copy()) if one else unknown(state) for one in functions]
            return reduce(_joined, every)
        return self._builtin(called, name, rest, state)

    def _functions(self, called: str, state: State) -> frozenset[Function | None]:
        """Those that `called` may be; of a name that is not known, as of "$@" behind a `shift`, what was passed on."""
        if called:
            return state.functions.get(called, frozenset())
        passed = [state.functions[name] for name in self._passed if name and name in state.functions]
        return frozenset({None}).union(*passed) if passed else frozenset()

    def _builtin(self, called: str, name: Word, rest: Sequence[Word], state: State) -> Ends:
        """Those that say where a script goes on."""
        if called in LEAVES or (called == "exec" and rest):
            return self._leave("exit" if called == "exec" else called, rest, state)
        if called in TESTING:
            known = outcome([self._asked(word) for word in rest], self.is_there)
            return Ends(None if known is False else state, None if known is True else state)
        if called in SAYING:
            return Ends(state, None)
        if called in GOING:
            return self._go(rest, state)
        if called in GIVEN:
            self.expansion.arguments = None
        if called == "set":
            state.exports.pass_set([plain(word) for word in rest])
        if called == "eval":
            return self._eval(name, rest, state)
        return unknown(state)

    def _go(self, rest: Sequence[Word], state: State) -> Ends:
        """To another folder, or not."""
        there, words = state.copy(), [one for word in rest for one in self.expansion.words(word) if one != "--"]
        there.folder = self.placed(words[0] or "") if len(words) == 1 else ""
        return Ends(there, None if there.folder and Path(there.folder).is_dir() else state)

    def placed(self, path: str) -> str:
        """`path` from where the shell is; empty where that is not known."""
        folder = self.expansion.now.folder
        return path if path.startswith("/") else f"{folder}/{path}" if folder and path else ""

    def _leave(self, called: str, rest: Sequence[Word], state: State) -> Ends:
        well = literal(rest[0]) == "0" if rest else None
        ends = Ends(None if well is False and literal(rest[0]) else state, None if well else state)
        return NOWHERE if self.frames.leave(called, ends) else unknown(state)

    def _asked(self, word: Word) -> str | None:
        """A word of a test: a variable that the script does not set is empty, as it is to a default. Whether the script
        is given anything is not known."""
        names = [part.name for part in word.parts if isinstance(part, Reference)]
        if not self.expansion.called and any(name.isdigit() and name != "0" for name in names):
            return None
        match [part for part in word.parts if part != Text("", quoted=True)]:
            case [Reference(name=name, operator="")]:
                return self.expansion.known(Word((Reference(name, "-"),), word.line))
        return self.expansion.known(word)

    def _eval(self, name: Word, rest: Sequence[Word], state: State) -> Ends:
        texts = [one for word in rest for one in self.expansion.words(word)]
        if None in texts:
            self.set_unseen(name)
            return unknown(state)
        with suppress(NoScript):  # an error there too
            return self.block(Grammar(" ".join(map(str, texts)), name.line), state)
        return unknown(state)

    def _call(self, function: Function, arguments: Arguments, before: Sequence[Word], state: State) -> Ends:
        self._called.add(function)
        with self._within(function, arguments), self.frames.opened("function") as frame:
            self.expansion.now = state
            hidden = {name: state.variables.get(name) for name in map(assigned_by, before)}
            self.variables.hidden = hidden
            for word in before:
                self.variables.assign(word)
                state.exports.add(assigned_by(word))
            ends = frame.ends(self.block((function.body,), state))
        if ends.well is ends.badly:
            return unknown(self._left(ends.well, hidden))
        return Ends(self._left(ends.well, hidden), self._left(ends.badly, hidden))

    @contextmanager
    def _within(self, function: Function, arguments: Arguments) -> Iterator[None]:
        expansion, variables = self.expansion, self.variables
        outer = expansion.file, expansion.arguments, expansion.called, variables.hidden, self._passed
        expansion.file, expansion.arguments, expansion.called = function.file, arguments, True
        self._passed = arguments or ()
        try:
            yield
        finally:
            expansion.file, expansion.arguments, expansion.called, variables.hidden, self._passed = outer

    def _left(self, state: State | None, hidden: dict[str, Held | None]) -> State | None:
        """The local variables of a function are gone."""
        if state:
            state = state.copy()
            for name, before in hidden.items():
                if found := state.variables.pop(name, None):
                    self._keep(name, found)
                self.variables.free(name)
                state.variables |= {name: before} if before else {}
        return state


def _joined(one: Ends, other: Ends) -> Ends:
    return Ends(joined(one.well, other.well), joined(one.badly, other.badly))


def _set(state: State | None) -> dict[str, Held]:
    variables = state.variables if state else {}
    return {name: one for name, one in variables.items() if not is_unset(one)}


def _first(words: Sequence[str | None]) -> str:
    return words[0] or "" if words else ""


def _is_arithmetic(word: Word) -> bool:
    match word.parts:
        case [Unknown(what=what)]:
            return what == ARITHMETIC
    return False
