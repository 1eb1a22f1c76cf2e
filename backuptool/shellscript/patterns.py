"""What ${NAME%pattern}, %%, # and ## leave of a value: bash(1), Pattern Matching."""

from __future__ import annotations

import re

TRIMMING = ("%%", "%", "##", "#")
WILD = {"*": ".*", "?": "."}
SPECIAL = frozenset("*?[\\~")  # in what was not looked at as a pattern


def regex(text: str) -> str | None:
    """The regular expression of a pattern without quotes; None for one that is not followed."""
    if {"[", "~"} & {*text}:
        return None
    return "".join(WILD.get(letter) or re.escape(letter) for letter in text)


def trimmed(text: str, operator: str, pattern: str) -> str:
    """`text` without its shortest or, the operator being doubled, longest end (%) or beginning (#) like `pattern`."""
    ends = operator.startswith("%")
    shortest_first = ends != (len(operator) == 2)
    places = range(len(text), -1, -1) if shortest_first else range(len(text) + 1)
    matches = re.compile(pattern, re.DOTALL).fullmatch
    for at in places:
        if matches(text[at:] if ends else text[:at]):
            return text[:at] if ends else text[at:]
    return text
