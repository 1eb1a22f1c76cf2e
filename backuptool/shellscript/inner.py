"""The text of a `sh -c`: it runs elsewhere, with the variables of that place."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from backuptool.shellscript.commands import commands
from backuptool.shellscript.expansion import Expansion, UnclearWord
from backuptool.shellscript.found import Script, Unclear, Value
from backuptool.shellscript.parts import Reference, Text, Word
from backuptool.shellscript.script import Reader

HERE = Path()
SURE = frozenset({"", "?", ":?"})  # operators with which ${NAME…} is the value, or nothing runs


def inner_commands(text: str) -> list[list[str | None]]:
    """The words of each command of `text`: $NAME for a variable's value, None for what is worked out. Raises
    NoScript."""
    return [[_word(word) for word in command.words] for command in commands(text)]


def inner_script(text: str, environment: Mapping[str, str]) -> Script:
    """What `text` runs. `environment`: what is set there; `$NAME` where that is the value of that place, a value that
    ends with $ where it is not known. Raises NoScript."""
    reader = _Inner(environment)
    reader.read_text(text, HERE)
    reader.end()
    return reader.script


class _Inner(Reader):
    """No file of this host is one of that place."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        super().__init__("")
        for name, value in environment.items():
            unclear = Unclear("is not known there", HERE, 0)
            self.script.variables[name] = unclear if value.endswith("$") else Value(value, HERE, 0)
            self.variables.exports.add(name, certain=True)

    def expanding(self, home: str) -> Expansion:
        """As a Reader's, there."""
        return _There(self.script, home)

    def source(self, word: Word, *, certain: bool) -> None:  # noqa: ARG002 - it may be there in any case
        """No file of that place is read here."""
        self.set_unseen(word)

    def set_unseen(self, word: Word) -> None:
        """Whatever is set so far may be set to something else there."""
        for name in self.script.variables:
            self.script.variables[name] = Unclear("may be set by a file of that place", HERE, word.line)


class _There(Expansion):
    """Where more is set than is known here."""

    def referred(self, part: Reference) -> str:
        """As here; but whether a default of what that place sets is taken is not known."""
        match self._script.variables.get(part.name):
            case Value(text=text) if part.operator in SURE or not text.startswith("$"):
                return super().referred(part)
        raise UnclearWord(f"refers to {part.name} of that place")


def _word(word: Word) -> str | None:
    match [part for part in word.parts if part != Text("", quoted=True)]:
        case [Reference(name=name, operator="")]:
            return f"${name}"
        case parts:
            texts = [part.text for part in parts if isinstance(part, Text)]
            return "".join(texts) if len(texts) == len(parts) else None
