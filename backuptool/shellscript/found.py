"""What is known of a script that was not run."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

ONE_OR_THE_OTHER = "is set to one or the other under a condition"


@dataclass(frozen=True, slots=True)
class Value:
    """What a variable holds, and where that is set. `only_in`: the numbers of the conditions under which it is, when
    it was not set before."""

    text: str
    file: Path
    line: int
    only_in: frozenset[int] = field(default=frozenset(), compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Unclear:
    """Why nobody knows what a variable holds, and where. `text`: that of the command substitution which makes it;
    `words`: those of an array."""

    why: str
    file: Path
    line: int
    text: str = ""
    words: tuple[str | None, ...] = ()


@dataclass(frozen=True, slots=True)
class Called:
    """A command that runs something: its words (None: not known; `NAME=$`: only the name is), and where it stands.
    `substitutions`: the texts of those that make a whole word, also by way of a variable. `environment`: NAME=value, as
    the words are, of what the script exports and of what stands before the command."""

    words: tuple[str | None, ...]
    file: Path
    line: int
    substitutions: tuple[str, ...] = ()
    environment: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Unread:
    """What sets variables and could not be read, such as a file that is sourced: what it is, where it stands; `how` a
    person reads of it."""

    name: str
    file: Path
    line: int
    how: str = "is sourced, which is not read"


@dataclass(slots=True)
class Script:
    """`variables` by name; `locals`: those that functions have; `commands` that run something; `unread`: what sets
    variables all the same."""

    variables: dict[str, Value | Unclear] = field(default_factory=dict)
    locals: dict[str, Value | Unclear] = field(default_factory=dict)
    commands: list[Called] = field(default_factory=list)
    unread: list[Unread] = field(default_factory=list)
