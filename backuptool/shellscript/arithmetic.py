"""Which variables an arithmetic expression sets: bash(1), ARITHMETIC EVALUATION."""

from __future__ import annotations

import re
from collections.abc import Iterator

NAME = r"([A-Za-z_][A-Za-z0-9_]*)"
SETS = re.compile(rf"{NAME}(?:\[[^][]*\])?\s*(?::?=(?!=)|(?:[-+*/%&|^]|<<|>>)=|\+\+|--)|(?:\+\+|--)\s*{NAME}")


def set_by(expression: str) -> Iterator[str]:
    """Their names."""
    yield from (found[1] or found[2] for found in SETS.finditer(expression))
