"""The commands that a script runs, with what they get; one that runs more than once, with what is always the same."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from backuptool.shellscript.assignments import BEGUN, assigned_by
from backuptool.shellscript.expansion import Expansion
from backuptool.shellscript.found import Called, Script, is_unset
from backuptool.shellscript.nested import every, words_of
from backuptool.shellscript.parts import Part, Reference, Word, literal
from backuptool.shellscript.state import Held
from backuptool.shellscript.variables import Variables

SPEAKING = frozenset({"[", "[[", "test", ":", "true", "false", "echo", "printf", "logger", "exit", "return"})


class Calls:
    """Those of `script`."""

    def __init__(self, script: Script, expansion: Expansion, variables: Variables) -> None:
        self._script, self._expansion, self._variables = script, expansion, variables
        self._places = dict[tuple[Path, tuple[Word, ...]], int]()

    def add(self, words: Sequence[Word], before: Sequence[Word], *, seen: bool) -> None:
        """`words` run behind the assignments `before`; not `seen`: but when is not."""
        place, called = (self._expansion.file, tuple(words)), self._called(words, before)
        at = self._places.setdefault(place, len(self._script.commands))
        if at == len(self._script.commands):
            self._script.commands.append(called)
        else:
            self._script.commands[at] = _in_both(self._script.commands[at], called)
        self.use(words, seen=seen and literal(words[0]) not in SPEAKING)

    def use(self, words: Sequence[Word], *, seen: bool) -> None:
        """A command gets what is in `words`."""
        if seen:
            self._note(self._script.used, (name for word in words for name in _names(word.parts)))

    def give(self, words: Sequence[Word], before: Sequence[Word], *, seen: bool) -> None:
        """The command `words` gets what the assignments `before` it set."""
        if before and seen and literal(words[0]) not in SPEAKING:
            given = self._variables.behind(before).variables
            self._note(self._script.given, map(assigned_by, before), given)

    def take(self, words: Sequence[Word]) -> None:
        """A loop goes through `words`, or a function gets them."""
        known = tuple(one for word in words for one in self._expansion.words(word))
        taken = Called(known, self._expansion.file, words[0].line)
        self._script.taken += [] if taken in self._script.taken else [taken]

    def hand_on(self, words: Sequence[Word]) -> None:
        """Other variables get what is in `words`, which set them."""
        names = (name for word in words for name in _names(word.parts) if name != assigned_by(word))
        self._note(self._script.handed_on, names)

    def _note(
        self, noted: dict[str, list[Held]], names: Iterable[str], variables: Mapping[str, Held] | None = None
    ) -> None:
        for name in names:
            found, before = (variables or self._expansion.now.variables).get(name), noted.setdefault(name, [])
            if found and not is_unset(found) and found not in before:
                before.append(found)

    def _called(self, words: Sequence[Word], before: Sequence[Word]) -> Called:
        known = tuple(one for word in words for one in self._expansion.words(word))
        made = tuple(text for word in words if (text := self._expansion.substitution(word.parts)))
        return Called(known, self._expansion.file, words[0].line, made, self._variables.environment(before))


def _names(parts: Sequence[Part]) -> Iterator[str]:
    for part in every(parts):
        if isinstance(part, Reference):
            yield part.name
        yield from (name for word in words_of(part) for name in _names(word.parts))


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
