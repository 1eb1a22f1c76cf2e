"""`--version`: which version this is, and of which commit, where that is known."""

from __future__ import annotations

import argparse
import subprocess
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path

from backuptool import __version__
from backuptool.cli.streams import say

COMMIT = files("backuptool") / "data" / "commit"  # written when it was built


def version() -> str:
    """The version, and the commit in brackets."""
    commit = COMMIT.read_text(encoding="ascii").strip() if COMMIT.is_file() else checked_out()
    return f"backuptool {__version__} ({commit})" if commit else f"backuptool {__version__}"


def checked_out() -> str:
    """The commit of the checkout that this runs in, `-dirty` when it was changed; none where git does not say it."""
    top = Path(str(files("backuptool"))).parent
    if not (top / ".git").exists():
        return ""
    command = ["git", "-C", str(top), "describe", "--always", "--dirty", "--abbrev=12", "--exclude=*"]
    try:
        return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()
    except OSError:
        return ""


class Version(argparse.Action):
    """Asks only when it is asked."""

    def __init__(self, option_strings: Sequence[str], dest: str) -> None:
        super().__init__(option_strings, dest, nargs=0, help="show which version and commit this is, and exit")

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        """Say it and end."""
        say(version())
        parser.exit()
