"""Text that others chose (names, answers), as it may be shown: it commands no terminal, and ends no line."""

from __future__ import annotations

import re

# Control characters, and those that have what follows read in another direction, or as another line.
CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")
OF_A_LINE = re.compile(rf"{CONTROLS.pattern}|[\t\n]")


def printable(text: str) -> str:
    """The text with the number of each such character in its place; tabs and line ends stay."""
    return CONTROLS.sub(_number, text)


def on_one_line(text: str) -> str:
    """The same, of tabs and line ends too."""
    return OF_A_LINE.sub(_number, text)


def _number(match: re.Match[str]) -> str:
    return match[0].encode("unicode_escape").decode()
