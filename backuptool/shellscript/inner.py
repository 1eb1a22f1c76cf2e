"""The text of a `sh -c`: it runs elsewhere, with the variables of that place."""

from __future__ import annotations

from backuptool.shellscript.commands import commands
from backuptool.shellscript.parts import Reference, Text, Word


def inner_commands(text: str) -> list[list[str | None]]:
    """The words of each command of `text`: $NAME for a variable's value, None for what is worked out. Raises
    NoScript."""
    return [[_word(word) for word in command.words] for command in commands(text)]


def _word(word: Word) -> str | None:
    match [part for part in word.parts if part != Text("", quoted=True)]:
        case [Reference(name=name, operator="")]:
            return f"${name}"
        case parts:
            texts = [part.text for part in parts if isinstance(part, Text)]
            return "".join(texts) if len(texts) == len(parts) else None
