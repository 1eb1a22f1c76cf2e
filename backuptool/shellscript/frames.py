"""The ways on from a command, and what can be left from within: a function, a loop, a shell."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from typing import NamedTuple

from backuptool.shellscript.state import State, joined
from backuptool.shellscript.tree import Block

LEAVES = {
    "exit": frozenset({"shell"}),
    "return": frozenset({"function", "source", "shell"}),
    "break": frozenset({"loop"}),
    "continue": frozenset({"loop"}),
}


class Ends(NamedTuple):
    """What holds behind a command that succeeded, and behind one that failed; None where it does not end so."""

    well: State | None
    badly: State | None

    def either(self) -> State | None:
        """Behind it, however it ended."""
        return joined(*self)


def unknown(state: State | None) -> Ends:
    """Of a command of which nobody knows whether it succeeds."""
    return Ends(state, state)


def either_of(one: Ends, other: Ends) -> Ends:
    """Of a command that may be one or the other."""
    return Ends(joined(one.well, other.well), joined(one.badly, other.badly))


NOWHERE = unknown(None)


@dataclass(slots=True)
class Frame:
    """`left`: the ends of what leaves it; `traps`: what a shell may run when it ends."""

    kind: str
    left: list[Ends] = field(default_factory=list)
    traps: list[Block] = field(default_factory=list)

    def ends(self, last: Ends) -> Ends:
        """Its own, where `last` are those of what stands last in it."""
        for one in self.left:
            last = either_of(last, one)
        return last


class Frames:
    """Those that are open, around them the script's own shell."""

    def __init__(self) -> None:
        self.script = Frame("shell")
        self._open = [self.script]

    @contextmanager
    def opened(self, kind: str) -> Iterator[Frame]:
        """The block is within it."""
        frame = Frame(kind)
        self._open.append(frame)
        try:
            yield frame
        finally:
            self._open.pop()

    def trap(self, body: Block) -> None:
        """The shell that is followed runs `body` when it ends."""
        shell = next(frame for frame in reversed(self._open) if frame.kind == "shell")
        shell.traps += [] if body in shell.traps else [body]

    def leave(self, command: str, ends: Ends, levels: int | None = 1) -> bool:
        """Whether `command` (exit, return, break) leaves anything. `levels`: how many loops at most; None: that is not
        known, and it may be any of them."""
        found = list(islice(self._around(command), levels))
        for frame in found if levels is None else found[-1:]:
            frame.left.append(ends)
        return bool(found)

    def _around(self, command: str) -> Iterator[Frame]:
        """What `command` may leave, from within."""
        for frame in reversed(self._open):
            if frame.kind in LEAVES[command] and not (command == "return" and frame is self.script):
                yield frame
            elif frame.kind not in {"loop", "source"} and command != "exit":
                return
