"""Words that set a variable: NAME=value, NAME+=value, NAME[…]=value."""

from __future__ import annotations

import re
from collections.abc import Iterator

from backuptool.shellscript.parts import Part, Text, Unknown, Word
from backuptool.shellscript.quoting import ARRAY

ELEMENT, ENDS_ONE = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)\["), re.compile(r"\]\+?=")
ASSIGNMENT = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)(\+?)=")
# `NAME=`, `--option=`, `--env=NAME=`, `-eNAME=`
BEGUN = re.compile(r"-{0,2}[A-Za-z_][\w-]*=(?:[A-Za-z_]\w*=)?", re.ASCII)


def is_whole(made: str | None) -> bool:
    """Whether all of a word is known, not its beginning only: `NAME=$`."""
    return made is not None and not (made.endswith("$") and BEGUN.fullmatch(made[:-1]))


def parts(made: str) -> tuple[Part, ...]:
    """`NAME=value` as it stands in a script; `NAME=$` as Expansion has it."""
    name, equals, value = made.partition("=")
    if not equals:
        return (Text(name),)
    return Text(f"{name}="), Unknown("what is not known") if value == "$" else Text(value, quoted=True)


def assigned_by(word: Word) -> str:
    """The name that `word` sets; empty for a word that sets nothing."""
    found = assigned(word)
    return found[0] if found else ""


def appends(word: Word) -> bool:
    """Whether it adds to what there is."""
    found = assigned(word)
    return found is not None and found[1]


def assigned(word: Word) -> tuple[str, bool, tuple[Part, ...]] | None:
    """The name, whether it is added to, the value; None for a word that sets nothing."""
    first = word.parts[0] if word.parts else None
    if not isinstance(first, Text) or first.quoted:
        return None
    if (element := ELEMENT.match(first.text)) and any(ENDS_ONE.search(text) for text in _plainly(word)):
        return element[1], False, (Unknown(ARRAY), *word.parts[1:])
    if not (found := ASSIGNMENT.match(first.text)):
        return None
    rest = first.text[found.end() :]
    return found[1], bool(found[2]), (*((Text(rest),) if rest else ()), *word.parts[1:])


def subscripts(word: Word) -> str:
    """What stands in the brackets of an element that `word` may set: arithmetic."""
    text = "".join(_plainly(word))
    found = ENDS_ONE.search(text)
    return text[: found.start()].partition("[")[2] if found else ""


def _plainly(word: Word) -> Iterator[str]:
    yield from (part.text for part in word.parts if isinstance(part, Text) and not part.quoted)
