"""Programs that some tests need and not every machine has; CI has them all."""

from __future__ import annotations

import os
import shutil

import pytest


def needed(*names: str) -> None:
    """Skip the test where one is not installed; an error where CI requires all."""
    missing = [name for name in names if shutil.which(name) is None]
    if missing and os.environ.get("BACKUPTOOL_REQUIRE_DOCKER") == "1":
        raise pytest.UsageError(f"not installed: {', '.join(missing)}")
    if missing:
        pytest.skip(f"not installed: {', '.join(missing)}")
