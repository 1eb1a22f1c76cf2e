"""A limit that is over as soon as a program has begun, however long a busy machine takes to start it."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from backuptool import ended


class _Clock:
    """Stands until there is a line in the file, then a day passes between two looks."""

    def __init__(self, begun: Path) -> None:
        self._begun, self._now = begun, 0.0

    def monotonic(self) -> float:
        """Seconds."""
        if self._begun.exists() and self._begun.read_text().endswith("\n"):
            self._now += 86400
        return self._now

    def sleep(self, seconds: float) -> None:
        """As ever."""
        time.sleep(seconds)


def over_when_begun(begun: Path, patched: pytest.MonkeyPatch) -> None:
    """Let what is waited for with `ended` be too late once it has written a line to the file `begun`."""
    patched.setattr(ended, "time", _Clock(begun))
