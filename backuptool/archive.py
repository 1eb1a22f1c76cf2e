"""Whether this tool runs from one file (shiv's zip) or from an installation."""

from __future__ import annotations

import sys
from pathlib import Path
from zipfile import is_zipfile


def archive() -> Path | None:
    """The one file; None of an installation."""
    started = Path(sys.argv[0]).absolute()
    return started if is_zipfile(started) else None
