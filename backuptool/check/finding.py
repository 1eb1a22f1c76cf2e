"""What a check says."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

AHEAD = timedelta(minutes=-10)  # of an age: what is to come by more than clocks differ was dated by a wrong one


@dataclass(frozen=True, slots=True)
class Finding:
    """What is not as it should be; `critical`, or a warning."""

    what: str
    critical: bool = True
