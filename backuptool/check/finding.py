"""What a check says."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """What is not as it should be; `critical`, or a warning."""

    what: str
    critical: bool = True
