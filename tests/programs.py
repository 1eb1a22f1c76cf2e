"""Programs that some tests need and not every machine has; CI has them all."""

from __future__ import annotations

import os
import shutil

import pytest

PLACES = f"{os.environ['PATH']}:/usr/sbin:/sbin"  # servers are in the last two, also where PATH has them not


def needed(*names: str) -> None:
    """Skip the test where one is not installed: said so, or an error where CI requires all."""
    missing = [name for name in names if shutil.which(name, path=PLACES) is None]
    if missing and os.environ.get("BACKUPTOOL_REQUIRE_DOCKER") == "1":
        raise pytest.UsageError(f"not installed: {', '.join(missing)}")
    if missing:
        # README asks for Python, make, openssl and tar only. CI has all: there it is the error above.
        pytest.skip(f"not installed: {', '.join(missing)}")
