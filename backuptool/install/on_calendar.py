"""When a timer fires, as systemd.time(7) has it."""

from __future__ import annotations

import re

from backuptool.errors import UsageError
from backuptool.install.programs import said
from backuptool.nightly import NIGHTLY


def check_calendar(calendar: str) -> None:
    """A timer with it starts something some day. Raises UsageError."""
    if why := _why_never(calendar):
        hint = f"as in systemd.time(7): '{NIGHTLY}', 'Mon..Fri 04:00'"
        raise UsageError(f"{calendar!r} is no time for a timer{why}", hint=hint)


def _why_never(calendar: str) -> str:
    """Empty where it is right, and where there is no systemd-analyze to ask."""
    if not calendar.strip() or not calendar.isprintable():
        return ": it is empty, or not of one line"
    code, text = said("systemd-analyze", "calendar", "--", calendar) or (0, "")
    if code:
        return f": {text.splitlines()[-1]}" if text else ": systemd-analyze refuses it"
    return ": it has no next time" if re.search(r"^ *Next elapse: never$", text, re.MULTILINE) else ""
