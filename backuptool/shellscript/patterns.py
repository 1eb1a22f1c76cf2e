"""What ${NAME%pattern}, %%, # and ## leave of a value: bash(1), Pattern Matching."""

from __future__ import annotations

import re

TRIMMING = ("%%", "%", "##", "#")
WILD = {"*": ".*", "?": "."}
SPECIAL = frozenset("*?[\\~")  # in what was not looked at as a pattern
NOT_FOLLOWED = re.compile(r"[\[~]|[?*+@!]\(")  # sets, homes, and what `shopt -s extglob` adds
MOST = 100_000  # steps that a search may take


def regex(text: str) -> str | None:
    """The regular expression of a pattern without quotes; None for one that is not followed."""
    if NOT_FOLLOWED.search(text):
        return None
    return "".join(WILD.get(letter) or re.escape(letter) for letter in text)


def like(text: str | None, pattern: str) -> bool | None:
    """Whether `text` (None: not known) is like the regular expression `pattern`; None where that is not known, as
    behind a `shopt -s nocasematch`."""
    if text is None or pattern == ".*" or len(text) ** pattern.count(".*") > MOST:
        return True if pattern == ".*" else None
    exactly, nearly = (re.fullmatch(pattern, text, re.DOTALL | flag) is not None for flag in (0, re.IGNORECASE))
    return exactly if exactly == nearly else None


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
