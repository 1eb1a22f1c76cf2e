"""--version says which version and which commit."""

from __future__ import annotations

import re
import subprocess
import sys

from backuptool import __version__


def test_the_command_says_version_and_commit() -> None:
    done = subprocess.run([sys.executable, "-m", "backuptool", "--version"], capture_output=True, text=True, check=True)
    assert re.fullmatch(rf"backuptool {re.escape(__version__)}( \(commit [0-9a-f]{{12}}\))?\n", done.stdout)
    assert done.stderr == ""
