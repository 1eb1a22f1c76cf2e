"""What `declare` makes of a variable for good: what is set later is not what the variable holds then."""

from __future__ import annotations

from dataclasses import dataclass, field

from backuptool.shellscript.found import Unclear, Value

CHANGING = frozenset("iluc")  # arithmetic; lower and upper case, capitals


@dataclass(slots=True)
class Attributes:
    """`fixed`: readonly variables; `changed`: those whose values the shell changes, and by what."""

    fixed: set[str] = field(default_factory=set)
    changed: dict[str, str] = field(default_factory=dict)

    def declare(self, called: str, options: list[str], name: str) -> None:
        """`called` (declare, typeset, local) with `options` is what makes `name`."""
        for option in options:
            if option.startswith("-") and CHANGING & {*option}:
                self.changed[name] = f"is changed by {called} {option}"

    def held(self, name: str, before: Value | Unclear | None, found: Value | Unclear) -> Value | Unclear:
        """What `name` holds, which held `before`, when it is set to what is `found`."""
        if name in self.changed and isinstance(found, Value):
            return Unclear(self.changed[name], found.file, found.line)
        same = isinstance(before, Value) and isinstance(found, Value) and before.text == found.text
        if name in self.fixed and before is not None and not same:  # an error; the shell may end with it
            return Unclear("is set again, and is readonly", found.file, found.line)
        return found

    def drop(self, name: str) -> None:
        """`name` is gone."""
        self.fixed.discard(name)
        self.changed.pop(name, None)
