"""What is known of a script that was not run."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

ONE_OR_THE_OTHER = "is set to one or the other under a condition"
UNSET = "is unset"
HANDED_ON = "is set for a function that exports or unsets it"
SEVERAL = "is used with another value than that of line"


@dataclass(frozen=True, slots=True)
class Value:
    """What a variable holds, and where that is set. `maybe`: only under a condition, and else it is not set."""

    text: str
    file: Path
    line: int
    maybe: bool = field(default=False, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Unclear:
    """Why nobody knows what a variable holds, and where. `text`: that of the command substitution which makes it;
    `words`: those of an array."""

    why: str
    file: Path
    line: int
    text: str = ""
    words: tuple[str | None, ...] = ()


def is_unset(held: Value | Unclear | None) -> bool:
    """Whether what was there is gone."""
    return isinstance(held, Unclear) and held.why == UNSET


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
    """`variables` by name, as it leaves them; `inside`: those that only a function, a shell of its own or a branch that
    ends it has; `used`: what commands got of them; `given`: what was set for one alone; `handed_on`: what other
    variables got; `commands` that run something; `taken`: what loops go through and functions get, as `commands`;
    `unread`: what sets variables all the same."""

    variables: dict[str, Value | Unclear] = field(default_factory=dict)
    inside: dict[str, Value | Unclear] = field(default_factory=dict)
    used: dict[str, list[Value | Unclear]] = field(default_factory=dict)
    given: dict[str, list[Value | Unclear]] = field(default_factory=dict)
    handed_on: dict[str, list[Value | Unclear]] = field(default_factory=dict)
    commands: list[Called] = field(default_factory=list)
    taken: list[Called] = field(default_factory=list)
    unread: list[Unread] = field(default_factory=list)

    def held(self, name: str) -> Value | Unclear | None:
        """What the commands got of `name`; where none did, what other variables got, and what it holds at the end."""
        last = self.variables.get(name) or self.inside.get(name)
        used = self.used.get(name) or [*self.handed_on.get(name, ()), *([last] if last else ())]
        used = [*used, *self.given.get(name, ())]
        unclear = next((one for one in used if isinstance(one, Unclear)), None)
        if unclear or not used:
            return unclear
        other = next((one for one in used if one.text != used[0].text), None)
        return Unclear(f"{SEVERAL} {used[0].line}", other.file, other.line) if other else used[0]
