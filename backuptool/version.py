"""Which version this is, and of which commit it was built."""

from __future__ import annotations

import os
import subprocess
from importlib.resources import files
from pathlib import Path

from backuptool import __version__

TOP = Path(__file__).parents[1]


def version() -> str:
    """`0.1.0 (commit 0123456789ab)`; without the commit where nobody knows it."""
    commit = _built_from() or _checked_out()
    return f"{__version__} (commit {commit})" if commit else __version__


def _built_from() -> str:
    """What the build wrote (.ci/build_hook.py)."""
    try:
        return (files("backuptool") / "data" / "commit").read_text(encoding="ascii").strip()
    except FileNotFoundError:
        return ""


def _checked_out() -> str:
    if not (TOP / ".git").exists():
        return ""
    # In a git hook GIT_DIR and others name the repository of the hook.
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    try:
        asked = ["git", "-C", str(TOP), "rev-parse", "--short=12", "HEAD"]
        done = subprocess.run(asked, env=kept, capture_output=True, text=True, check=False)
    except OSError:  # no git here
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
