"""Sizes, times and numbers as a person reads them."""

from __future__ import annotations


def size(count: int) -> str:
    """`count` bytes in the unit that leaves up to four digits: 999 B, 12.3 MB."""
    amount = float(count)
    for unit in ("B", "kB", "MB", "GB"):
        if amount < 1000:
            return f"{amount:.0f} {unit}" if unit == "B" else f"{amount:.1f} {unit}"
        amount /= 1000
    return f"{amount:.1f} TB"


def duration(seconds: float) -> str:
    """How long: 12 s, 3 min 5 s, 2 h 10 min."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


def took(seconds: float) -> str:
    """The same of what is over, with a tenth where it was short: 0.4 s."""
    return f"{seconds:.1f} s" if seconds < 10 else duration(seconds)


def number(count: int, of: str) -> str:
    """How many: 1 table, 2 tables."""
    return f"{count} {of}" if count == 1 else f"{count} {of}s"
