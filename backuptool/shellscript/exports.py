"""Which variables of a script the commands that it runs get."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise, takewhile


@dataclass(slots=True)
class Exports:
    """`names` are exported, `maybe`: under a condition. `every`: so is whatever is set from here on (set -a)."""

    names: set[str] = field(default_factory=set)
    maybe: set[str] = field(default_factory=set)
    every: bool = False
    _sure: bool = True  # that every is

    def pass_set(self, words: Sequence[str]) -> None:
        """What `set` with `words` says of this."""
        for word, after in pairwise([*takewhile(lambda word: word != "--", words), ""]):
            if word.startswith(("-", "+")) and ("a" in word or (word.endswith("o") and after == "allexport")):
                self.every, self._sure = word.startswith("-"), True

    def pass_value(self, name: str) -> None:
        """`name` is set."""
        if self.every and self._sure:
            self.add(name)
        elif self.every and name not in self.names:
            self.maybe.add(name)

    def add(self, name: str) -> None:
        """`name` is exported."""
        self.names.add(name)
        self.maybe.discard(name)

    def drop(self, name: str) -> None:
        """`name` is unset."""
        self.names.discard(name)
        self.maybe.discard(name)

    def has(self, name: str) -> bool | None:
        """Whether `name` is exported; None where that is not known."""
        return None if name in self.maybe else name in self.names

    def restore(self, name: str, exported: bool | None) -> None:
        """As `has` said."""
        self.drop(name)
        if exported is not False:
            (self.maybe if exported is None else self.names).add(name)

    def join(self, other: Exports) -> None:
        """It is either this or `other`."""
        self.maybe |= other.maybe | (self.names ^ other.names)
        self.names &= other.names
        self.maybe -= self.names
        self._sure = self._sure and other._sure and self.every == other.every
        self.every |= other.every

    def copy(self) -> Exports:
        """The same, for a subshell to change."""
        return Exports(set(self.names), set(self.maybe), self.every, self._sure)
