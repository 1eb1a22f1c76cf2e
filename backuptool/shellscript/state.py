"""What a shell holds at one point of a script, and what holds where two ways to that point meet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from backuptool.shellscript.exports import Exports
from backuptool.shellscript.found import ONE_OR_THE_OTHER, UNSET, Unclear, Value, is_unset
from backuptool.shellscript.tree import Node

Held = Value | Unclear


@dataclass(frozen=True, slots=True, eq=False)
class Function:
    """Its body, and the file that this stands in."""

    file: Path
    body: Node


@dataclass(frozen=True, slots=True)
class Hidden:
    """What a local variable hides: what was `held`, whether it was `exported` (None: that is not known); `if_at_all`:
    what is known of it where it may not be hidden at all."""

    held: Held | None
    exported: bool | None
    if_at_all: Unclear


@dataclass(slots=True)
class State:
    """`functions`: what each name may be; None: nothing. `folder`: where the shell is, if that is known. `hidden`: what
    the local variables of the function that is followed hide; None outside of any."""

    variables: dict[str, Held] = field(default_factory=dict)
    exports: Exports = field(default_factory=Exports)
    functions: dict[str, frozenset[Function | None]] = field(default_factory=dict)
    folder: str = ""
    hidden: Mapping[str, Hidden] | None = None

    def copy(self) -> State:
        """The same, for one of two ways to change."""
        return State(dict(self.variables), self.exports.copy(), dict(self.functions), self.folder, self.hidden)

    def hide(self, name: str, line: int, file: Path) -> None:
        """What `name` holds comes back behind the function; in `line` of `file`."""
        unclear = Unclear(ONE_OR_THE_OTHER, file, line)
        hidden = Hidden(self.variables.get(name), self.exports.has(name), unclear)
        self.hidden = {name: hidden, **(self.hidden or {})}


def joined(one: State | None, other: State | None) -> State | None:
    """What holds where either may have been; None: there is no way from it."""
    if one is None or other is None or one is other:
        return one or other
    found = one.copy()
    for name in one.variables.keys() | other.variables.keys():
        mine, theirs = one.variables.get(name), other.variables.get(name)
        if mine is not theirs and (held := _held(mine, theirs)):
            found.variables[name] = held
    for name in one.functions.keys() | other.functions.keys():
        nothing = frozenset({None})
        found.functions[name] = one.functions.get(name, nothing) | other.functions.get(name, nothing)
    found.exports.join(other.exports)
    if one.hidden != other.hidden:
        found.hidden = _hidden(one.hidden or {}, other.hidden or {})
    found.folder = one.folder if one.folder == other.folder else ""
    return found


def _held(one: Held | None, other: Held | None) -> Held | None:
    if one is not None and other is not None:
        return one_or_the_other(one, other)
    found = one or other
    return replace(found, maybe=True) if isinstance(found, Value) else found and replace(found, words=())


def _hidden(one: Mapping[str, Hidden], other: Mapping[str, Hidden]) -> dict[str, Hidden]:
    """Of what is hidden on one way only, the other may make anything."""
    found = {**one, **other}
    for name in one.keys() ^ other.keys():
        unclear = found[name].if_at_all
        found[name] = Hidden(unclear, None, unclear)
    for name in one.keys() & other.keys():
        mine, theirs = one[name], other[name]
        exported = mine.exported if mine.exported == theirs.exported else None
        found[name] = Hidden(_held(mine.held, theirs.held), exported, mine.if_at_all)
    return found


def one_or_the_other(one: Held, other: Held) -> Held:
    """What is known of a variable that holds one or the other."""
    if isinstance(one, Value) and isinstance(other, Value) and one.text == other.text:
        return replace(one, maybe=one.maybe or other.maybe)
    if isinstance(one, Unclear) and isinstance(other, Unclear):
        return replace(other if is_unset(one) else one, words=one.words if one.words == other.words else ())
    later = max(one, other, key=lambda held: held.line)
    why = f"{UNSET} under a condition" if is_unset(one) or is_unset(other) else ONE_OR_THE_OTHER
    return Unclear(why, later.file, later.line)


def same(one: Mapping[str, Held], other: Mapping[str, Held]) -> bool:
    """Whether they hold the same, also under which condition."""
    return one == other and all(_maybe(one[name]) == _maybe(other[name]) for name in one)


def _maybe(held: Held) -> bool:
    return isinstance(held, Value) and held.maybe
