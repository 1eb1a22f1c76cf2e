"""A script followed along every way that it may take through its compound commands."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence

from backuptool.shellscript.frames import NOWHERE, Ends, Frame, Frames, either_of, unknown
from backuptool.shellscript.parts import Word
from backuptool.shellscript.state import State, joined, same
from backuptool.shellscript.tree import (
    Block,
    Case,
    Definition,
    Group,
    If,
    Listed,
    Loop,
    Node,
    Not,
    Pipeline,
    Simple,
    Subshell,
)

DEEPEST = 60  # commands and calls within each other
ROUNDS = 5  # of a loop, in which what it sets comes to rest


class Flow(ABC):
    """What a simple command does is for another to know."""

    def __init__(self) -> None:
        self.frames, self._deep = Frames(), 0

    @abstractmethod
    def simple(self, node: Simple, state: State) -> Ends:
        """Follow a simple command from `state` on."""

    @abstractmethod
    def define(self, definition: Definition, state: State) -> None:
        """There is a function from here on."""

    @abstractmethod
    def goes_round(self, head: Sequence[Word], state: State) -> bool:
        """Whether a loop has a first round for sure, whose variable and words these are."""

    @abstractmethod
    def take(self, head: Sequence[Word], state: State) -> None:
        """A round of a loop begins, whose variable and words these are."""

    @abstractmethod
    def work_out(self, words: Iterable[Word], state: State) -> None:
        """Do what the substitutions and the arithmetic in `words` do."""

    @abstractmethod
    def fits(self, word: Word, patterns: Sequence[Word], state: State) -> bool | None:
        """Whether one of a case's `patterns` is like its `word`; None where that is not known."""

    @abstractmethod
    def keep_inside(self, after: State | None, around: State) -> None:
        """What is set `after` a shell of its own is gone, and all is as it was `around` that."""

    @abstractmethod
    def stop(self) -> None:
        """What stands here is not followed: there is too much of it."""

    def block(self, block: Iterable[Node], state: State) -> Ends:
        """Commands behind each other."""
        ends, before = Ends(state, None), state
        for node in block:
            ends = self._run(node, before)
            if (behind := ends.either()) is None:  # what follows is not looked at, and may be no script
                break
            before = behind
        return ends

    def apart(self, body: Iterable[Node], state: State) -> None:
        """In a shell of its own."""
        with self.frames.opened("shell") as frame:
            ends = self.block(body, state.copy())
            after = self.trapped(frame, frame.ends(ends).either())
        self.keep_inside(after, state)

    def trapped(self, shell: Frame, state: State | None) -> State | None:
        """What holds behind the end of a shell, with its traps or, as one may be set under a condition, without."""
        for body in tuple(shell.traps):
            state = state and joined(state, self.block(body, state.copy()).either())
        return state

    def _run(self, node: Node, state: State) -> Ends:
        if self._deep == DEEPEST:
            self.stop()
            return unknown(state)
        self._deep += 1
        try:
            return self._follow(node, state)
        finally:
            self._deep -= 1

    def _follow(self, node: Node, state: State) -> Ends:
        match node:
            case Simple():
                return self.simple(node, state)
            case Group(body=body):
                return self.block(body, state)
            case Not(command=command):
                return Ends(*reversed(self._run(command, state)))
            case Listed() | If() | Loop() | Case():
                return self._branches(node, state)
        self._other(node, state)
        return unknown(state)

    def _branches(self, node: Listed | If | Loop | Case, state: State) -> Ends:
        match node:
            case Listed():
                return self._listed(node, state)
            case If():
                return self._if(node, state)
            case Loop():
                return self._loop(node, state)
        return self._case(node, state)

    def _other(self, node: Node, state: State) -> None:
        match node:
            case Subshell(body=body):
                self.apart(body, state)
            case Pipeline(commands=commands):
                for command in commands:
                    self.apart((command,), state)
            case Definition():
                self.define(node, state)

    def _listed(self, node: Listed, state: State) -> Ends:
        left = self._run(node.left, state)
        both = node.operator == "&&"
        taken, other = left if both else reversed(left)
        if taken is None:
            return left
        right = self._run(node.right, taken.copy())
        if both:
            return Ends(right.well, joined(other, right.badly))
        return Ends(joined(other, right.well), right.badly)

    def _if(self, node: If, state: State) -> Ends:
        well, badly = self.block(node.condition, state)
        then = self.block(node.then, well.copy()) if well else NOWHERE
        otherwise = self._branch(node.otherwise, badly) if badly else NOWHERE
        return either_of(then, otherwise)

    def _branch(self, block: Block, state: State) -> Ends:
        return self.block(block, state.copy()) if block else Ends(state, None)

    def _loop(self, node: Loop, state: State) -> Ends:
        self.work_out(node.head, state)
        skipped = None if self.goes_round(node.head, state) else state
        with self.frames.opened("loop") as frame:
            for _ in range(ROUNDS):
                condition = self.block(node.condition, state.copy())
                if (begins := condition.either()) is None:
                    return NOWHERE
                self.take(node.head, begins)
                round_ends = frame.ends(self.block(node.body, begins.copy())).either()
                behind = joined(begins if node.condition else skipped, round_ends)
                if behind is None or same(state.variables, behind.variables):
                    break
                state = skipped = behind
        return unknown(behind)

    def _case(self, node: Case, state: State) -> Ends:
        self.work_out([node.word], state)
        ends, begins, every = NOWHERE, state, False
        for patterns, arm in node.arms:
            fits = self.fits(node.word, patterns, state)
            every |= fits is True
            if fits is not False or node.falls:
                found = self._branch(arm, begins)
                ends = either_of(ends, found)
                begins = (joined(state, found.either()) or state) if node.falls else state
            if fits and not node.falls:
                break
        return ends if every else either_of(ends, Ends(state, None))
