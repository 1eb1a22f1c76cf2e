"""What is expanded in a here-document: bash(1), Here Documents."""

from __future__ import annotations

import re
from collections.abc import Iterator

from backuptool.shellscript.arithmetic import NAME
from backuptool.shellscript.parts import Part, Reference, Unknown
from backuptool.shellscript.quoting import ARITHMETIC

EXPANDED = re.compile(rf"(?<!\\)(?:\\\\)*\$(?:{NAME}|\{{{NAME}(:?=)?|\(\((.*?)\)\))", re.DOTALL)


def expanded(text: str) -> Iterator[Part]:
    """The variables that `text` has the values of or sets, and the arithmetic in it."""
    for plain, name, operator, arithmetic in EXPANDED.findall(text):
        yield Unknown(ARITHMETIC, arithmetic) if arithmetic else Reference(plain or name, operator)
