"""Which variables of a script the commands that it runs get."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise, takewhile


@dataclass(slots=True)
class Exports:
    """`names` are exported; `every`: so is whatever is set from here on (set -a)."""

    names: set[str] = field(default_factory=set)
    every: bool = False

    def pass_set(self, words: Sequence[str]) -> None:
        """What `set` with `words` says of this."""
        for word, after in pairwise([*takewhile(lambda word: word != "--", words), ""]):
            if word.startswith(("-", "+")) and ("a" in word or (word.endswith("o") and after == "allexport")):
                self.every = word.startswith("-")

    def pass_value(self, name: str) -> None:
        """`name` is set."""
        if self.every:
            self.names.add(name)

    def copy(self) -> Exports:
        """The same, for a subshell to change."""
        return Exports(set(self.names), self.every)
