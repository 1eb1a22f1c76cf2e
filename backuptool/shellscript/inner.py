"""The text of a `sh -c`: it runs elsewhere, with the variables of that place."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from backuptool.shellscript.expansion import Expansion
from backuptool.shellscript.follow import Follower
from backuptool.shellscript.found import Script, Unclear, Value
from backuptool.shellscript.frames import Ends, unknown
from backuptool.shellscript.grammar import Grammar
from backuptool.shellscript.parameters import UnclearWord
from backuptool.shellscript.parts import Reference, Word
from backuptool.shellscript.state import State

HERE = Path()
SURE = frozenset({"", "?", ":?"})  # operators with which ${NAME…} is the value, or nothing runs


def inner_script(text: str, environment: Mapping[str, str]) -> Script:
    """What `text` runs. `environment`: what is set there; `$NAME` where that is the value of that place, a value that
    ends with $ where it is not known. Raises NoScript."""
    follower, state = _Inner(""), State()
    for name, value in environment.items():
        unclear = Unclear("is not known there", HERE, 0)
        state.variables[name] = unclear if value.endswith("$") else Value(value, HERE, 0)
        state.exports.add(name)
    follower.end(follower.block(Grammar(text), state))
    return follower.script


class _Inner(Follower):
    """No file of this host is one of that place."""

    def expanding(self, home: str) -> Expansion:
        """As elsewhere, there."""
        return _There(home)

    def source(self, word: Word, state: State) -> Ends:
        """No file of that place is read here."""
        self.set_unseen(word)
        return unknown(state)

    def is_there(self, path: str) -> bool:  # noqa: ARG002 - it may be there in any case
        """Nobody knows."""
        return False

    def set_unseen(self, word: Word) -> None:
        """Whatever is set so far may be set to something else there."""
        variables = self.expansion.now.variables
        for name in variables:
            variables[name] = Unclear("may be set by a file of that place", HERE, word.line)


class _There(Expansion):
    """Where more is set than is known here."""

    def referred(self, part: Reference) -> str:
        """As here; but whether a default of what that place sets is taken is not known."""
        match self.now.variables.get(part.name):
            case Value(text=text) if part.operator in SURE or not text.startswith("$"):
                return super().referred(part)
        raise UnclearWord(f"refers to {part.name} of that place")
