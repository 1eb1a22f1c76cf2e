"""Sizes, ages and tables as a person reads them, in 80 columns."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from backuptool.amounts import number, size

__all__ = ["age", "number", "size", "table"]


def age(old: timedelta) -> str:
    """How long ago: 5 min, 3 h, 12 days; a time to come says so."""
    minutes = int(old.total_seconds() // 60)
    if minutes < 0:
        return "in the future"
    if minutes < 120:
        return f"{minutes} min"
    return f"{minutes // 60} h" if minutes < 2880 else f"{minutes // 1440} days"


def table(rows: Sequence[Sequence[str]]) -> str:
    """Aligned columns, two spaces apart; numbers stand right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join("  ".join(map(_cell, row, widths)).rstrip() for row in rows)


def _cell(text: str, width: int) -> str:
    return text.rjust(width) if text[:1].isdigit() else text.ljust(width)
