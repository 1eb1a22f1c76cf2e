"""Sizes, ages and tables as a person reads them, in 80 columns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from textwrap import wrap

from backuptool.amounts import number, size

__all__ = ["age", "ago", "fitted", "number", "size", "table"]
WIDTH = 80
INDENT = " " * 6


def age(old: timedelta) -> str:
    """How long ago: 5 min, 3 h, 12 days; a time to come says so."""
    minutes = int(old.total_seconds() // 60)
    if minutes < 0:
        return "in the future"
    if minutes < 120:
        return f"{minutes} min"
    return f"{minutes // 60} h" if minutes < 2880 else f"{minutes // 1440} days"


def ago(old: timedelta) -> str:
    """The same of what was done then: 3 h ago."""
    return age(old) if old < timedelta(0) else f"{age(old)} ago"


def table(rows: Sequence[Sequence[str]]) -> str:
    """Aligned columns, two spaces apart; numbers stand right."""
    return "\n".join("  ".join(row).rstrip() for row in _aligned(rows))


def fitted(rows: Sequence[Sequence[str]]) -> str:
    """The same in 80 columns: what is too long for a line goes on in the next, indented."""
    return "\n".join(line for row in _aligned(rows) for line in _folded(row))


def _aligned(rows: Sequence[Sequence[str]]) -> list[list[str]]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [list(map(_cell, row, widths)) for row in rows]


def _folded(cells: Sequence[str]) -> Iterator[str]:
    line = cells[0]
    for cell in cells[1:]:
        if len(f"{line}  {cell}".rstrip()) > WIDTH:
            yield line.rstrip()
            line = INDENT + cell
        else:
            line = f"{line}  {cell}"
    yield from wrap(line.rstrip(), WIDTH, subsequent_indent=INDENT, break_long_words=False, break_on_hyphens=False,
                    replace_whitespace=False, drop_whitespace=True)  # fmt: skip


def _cell(text: str, width: int) -> str:
    return text.rjust(width) if text[:1].isdigit() else text.ljust(width)
