"""Commands that run something: those in a function when it is called, with what its variables hold by then."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from backuptool.shellscript.expansion import BEGUN, Expansion
from backuptool.shellscript.found import Called, Script, Unclear, Value
from backuptool.shellscript.parts import Word
from backuptool.shellscript.variables import Variables, assigned_by


@dataclass(frozen=True, slots=True)
class Body:
    """A command in one: its place among the script's, its words, the assignments before them, what the body itself has
    `own` set until then."""

    at: int
    words: Sequence[Word]
    before: Sequence[Word]
    own: Mapping[str, Value | Unclear]


class Calls:
    """Those of `script`."""

    def __init__(self, script: Script, expansion: Expansion, variables: Variables) -> None:
        self._script, self._expansion, self._variables = script, expansion, variables
        self._bodies, self._passed = list[Body](), dict[str, Unclear]()
        self._places, self._again = dict[tuple[Path, tuple[Word, ...]], int](), set[int]()

    def add(self, words: Sequence[Word], before: Sequence[Word], *, in_body: bool) -> None:
        """`words` run behind the assignments `before`; `in_body`: that of a function, which is defined."""
        at = len(self._script.commands)
        if in_body:
            held = self._script.variables
            own = {name: value for name in self._variables.own if (value := held.get(name))}
            self._bodies.append(Body(at, words, before, own))
            self._places[self._expansion.file, tuple(words)] = at
        self._script.commands.append(self._called(words, before))
        for word in before:  # is what a body gets, where it is a function that is called
            self._passed[assigned_by(word)] = Unclear("is another in one call", self._expansion.file, word.line)

    def repeat(self, words: Sequence[Word], before: Sequence[Word]) -> None:
        """They are there since their function was defined; what they get is known now, when it is called."""
        at = self._places.get((self._expansion.file, tuple(words)))
        if at is not None:
            again, commands = self._called(words, before), self._script.commands
            commands[at] = _in_both(commands[at], again) if at in self._again else again
            self._again.add(at)

    def end(self) -> None:
        """Nothing follows: what is in bodies of which no call was seen may be called at any time."""
        variables, commands = self._script.variables, self._script.commands
        for body in self._bodies:
            if body.at not in self._again:
                self._script.variables = {**variables, **self._passed, **body.own}
                commands[body.at] = _in_both(commands[body.at], self._called(body.words, body.before))
        self._script.variables = variables

    def _called(self, words: Sequence[Word], before: Sequence[Word]) -> Called:
        known = tuple(one for word in words for one in self._expansion.words(word))
        made = tuple(text for word in words if (text := self._expansion.substitution(word.parts)))
        return Called(known, self._expansion.file, words[0].line, made, self._variables.environment(before))


def _in_both(first: Called, again: Called) -> Called:
    """What `first` and `again`, as its variables are another time, have in common; the rest is not known."""
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
