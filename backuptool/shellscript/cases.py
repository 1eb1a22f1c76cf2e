"""The `)` behind a pattern of a `case`, which closes no parenthesis that is open around it."""

from __future__ import annotations

import re

# Where a command begins: elsewhere `case` is a word like any other.
BEGINS = re.compile(r"(?:[\n;&|({!]|\b(?:then|do|else|elif|if|while|until))[ \t]*\Z")
LONGEST = 80  # characters before it that are looked at
CASE, ESAC = re.compile(r"case[ \t]"), re.compile(r"esac(?![^\s;&|()<>])")


class Cases:
    """Those that are open in `text`, from its character `begin` on."""

    def __init__(self, text: str, begin: int) -> None:
        self._text, self._begin, self._depths = text, begin, list[int]()

    def look(self, at: int, depth: int) -> None:
        """What comes at `at` may open or close one, within `depth` parentheses."""
        if CASE.match(self._text, at) and BEGINS.search(self._text[max(self._begin, at - LONGEST) : at]):
            self._depths.append(depth)
        elif self._depths and ESAC.match(self._text, at) and self._text[at - 1] in " \t\n;&|":
            self._depths.pop()

    def has_pattern(self, depth: int) -> bool:
        """Whether a `)` within `depth` parentheses ends a pattern."""
        return self._depths[-1:] == [depth]
