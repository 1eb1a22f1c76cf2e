"""Commands in a function's body: they run when it is called, with what its variables hold by then."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from backuptool.shellscript.expansion import BEGUN
from backuptool.shellscript.found import Called, Unclear, Value
from backuptool.shellscript.parts import Word

Variables = Mapping[str, Value | Unclear]


@dataclass(frozen=True, slots=True)
class Body:
    """A command in one: its place among the script's, its words, the assignments before them, what the body itself has
    `own` set until then."""

    at: int
    words: Sequence[Word]
    before: Sequence[Word]
    own: Variables


def in_both(first: Called, again: Called) -> Called:
    """What `first`, as its variables were at the definition, and `again`, as they are at the end, have in common; the
    rest is not known."""
    return replace(first, words=tuple(_words(first.words, again.words)), environment=tuple(_environment(first, again)))


def _words(first: Sequence[str | None], again: Sequence[str | None]) -> Iterator[str | None]:
    if len(first) == len(again):
        yield from map(_word, first, again)
    else:
        yield from (one if one in again else None for one in first)
        yield None


def _word(one: str | None, other: str | None) -> str | None:
    if one == other or one is None or other is None:
        return one if one == other else None
    begun, same = BEGUN.match(one), BEGUN.match(other)
    return f"{begun[0]}$" if begun and same and begun[0] == same[0] else None


def _environment(first: Called, again: Called) -> Iterator[str]:
    one, other = (dict(map(_pair, called.environment)) for called in (first, again))
    for name in one | other:
        yield f"{name}={one[name] if one.get(name) == other.get(name) else '$'}"


def _pair(setting: str) -> tuple[str, str]:
    name, _, value = setting.partition("=")
    return name, value
