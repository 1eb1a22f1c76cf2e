"""Programs that some tests need and not every machine has; CI has them all."""

from __future__ import annotations

import os
import shutil
from typing import NoReturn

import pytest

PLACES = f"{os.environ['PATH']}:/usr/sbin:/sbin"  # servers are in the last two, also where PATH has them not


def needed(*names: str) -> None:
    """Skip the test where one is not installed: said so, or an error where CI requires all."""
    missing = [name for name in names if shutil.which(name, path=PLACES) is None]
    if missing:
        lacking(f"not installed: {', '.join(missing)}")


def lacking(what: str) -> NoReturn:
    """Skip the test for `what` this machine lacks: said so, or an error where CI requires all."""
    if os.environ.get("BACKUPTOOL_REQUIRE_DOCKER") == "1":
        raise pytest.UsageError(what)
    # README asks for Python, make, openssl and tar only. CI has all: there it is the error above.
    pytest.skip(what)
