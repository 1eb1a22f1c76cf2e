"""The functions of a script: where they are called, with what, and what their local variables leave."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import reduce

from backuptool.shellscript.assignments import assigned_by
from backuptool.shellscript.builtins import Builtins
from backuptool.shellscript.calls import Calls
from backuptool.shellscript.flow import Flow
from backuptool.shellscript.found import HANDED_ON, Unclear, Value, is_unset
from backuptool.shellscript.frames import NOWHERE, Ends, either_of, unknown
from backuptool.shellscript.parts import Word
from backuptool.shellscript.state import Function, Held, Hidden, State
from backuptool.shellscript.tree import Definition

Arguments = Sequence[str | None] | None  # None: not known
AS_GIVEN: Arguments = ("$@",)  # what the script itself is given


class Functions(Flow, Builtins):
    """Those of the script that is followed. `seen`: what is followed runs where it stands, or is called there."""

    def __init__(self, home: str) -> None:
        Flow.__init__(self)
        Builtins.__init__(self, home)
        self.calls = Calls(self.script, self.expansion, self.variables)
        self.seen = True
        self._defined, self._called = list[Function](), set[Function]()
        self._passed: Sequence[str | None] = ()

    def define(self, definition: Definition, state: State) -> None:
        """Of that name there is no other any more."""
        function = Function(self.expansion.file, definition.body)
        self._defined.append(function)
        state.functions[definition.name] = frozenset({function})

    def unset_function(self, name: str) -> None:
        """It may be called no more."""
        self.expansion.now.functions.pop(name, None)

    def named(self, called: str, state: State) -> frozenset[Function | None]:
        """Those that `called` may be; of a name that is not known, as of "$@" behind a `shift`, what was passed on."""
        if called:
            return state.functions.get(called, frozenset())
        passed = [state.functions[name] for name in self._passed if name and name in state.functions]
        return frozenset({None}).union(*passed) if passed else frozenset()

    def call(
        self, functions: frozenset[Function | None], arguments: Arguments, before: Sequence[Word], state: State
    ) -> Ends:
        """Do what one of `functions` does behind the assignments `before`."""
        return reduce(
            either_of,
            (self._call(one, arguments, before, state.copy()) if one else unknown(state) for one in functions),
        )

    def _call(self, function: Function, arguments: Arguments, before: Sequence[Word], state: State) -> Ends:
        self._called.add(function)
        with self._within(function, arguments), self.frames.opened("function") as frame:
            self.expansion.now = state
            outer, state.hidden = state.hidden, {}
            for word in before:
                state.hide(assigned_by(word), word.line, self.expansion.file)
                self.variables.assign(word)
                state.exports.add(assigned_by(word))
            last = self.block((function.body,), state)
            touched = self.variables.touched
        doubts = {name: word for word in before if (name := assigned_by(word)) in touched}
        return reduce(either_of, (self._behind(ends, outer, doubts) for ends in (last, *frame.left)))

    def _behind(self, ends: Ends, outer: Mapping[str, Hidden] | None, doubts: Mapping[str, Word]) -> Ends:
        """A function has come to one of its ends."""
        well = self._left(ends.well, outer, doubts)
        return Ends(well, well if ends.well is ends.badly else self._left(ends.badly, outer, doubts))

    @contextmanager
    def _within(self, function: Function, arguments: Arguments) -> Iterator[None]:
        expansion, variables = self.expansion, self.variables
        outer = expansion.file, expansion.arguments, expansion.called, variables.touched, self._passed
        given = arguments is AS_GIVEN
        expansion.file, expansion.arguments = function.file, None if given else arguments
        expansion.called |= not given
        self._passed, variables.touched = expansion.arguments or (), set()
        try:
            yield
        finally:
            touched = variables.touched
            expansion.file, expansion.arguments, expansion.called, variables.touched, self._passed = outer
            variables.touched |= touched

    def _left(
        self, state: State | None, outer: Mapping[str, Hidden] | None, doubts: Mapping[str, Word]
    ) -> State | None:
        """The local variables of a function are gone, and those of `outer` are there again; `doubts`: the words before
        the call of which something may have stayed."""
        if not state:
            return None
        state, hidden = state.copy(), state.hidden or {}
        state.hidden = outer
        for name, before in hidden.items():
            if found := state.variables.pop(name, None):
                self._keep(name, found)
            self.variables.free(name)
            state.variables |= {name: before.held} if before.held else {}
            state.exports.restore(name, before.exported)
        for name, word in doubts.items():
            state.variables[name] = Unclear(HANDED_ON, self.expansion.file, word.line)
            state.exports.restore(name, None)
        return state

    def end(self, ends: Ends) -> None:
        """The script `ends`, or there was an `exit` before."""
        left = self.frames.script.ends(NOWHERE).either()
        found = self.trapped(self.frames.script, ends.either() or left) or State()
        self.script.variables = _set(found)
        self.keep_inside(left, found)
        self.seen = False
        for function in self._defined:
            if function not in self._called:
                self._follow_uncalled(function, found)

    def _follow_uncalled(self, function: Function, around: State) -> None:
        """What is not followed may call it at any time, such as a trap."""
        state = around.copy()
        state.variables |= self.variables.ever
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


def _set(state: State | None) -> dict[str, Held]:
    variables = state.variables if state else {}
    return {name: one for name, one in variables.items() if not is_unset(one)}
