"""The host's own programs that look at what was installed: their exit code and all that they say."""

from __future__ import annotations

import shutil
import subprocess

LIMIT = 60  # s


def said(*argv: str) -> tuple[int, str] | None:
    """The exit code and the output; None where there is no such program, or it does not end."""
    if shutil.which(argv[0]) is None:
        return None
    try:
        done = subprocess.run(
            argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=LIMIT, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.returncode, done.stdout.decode(errors="replace").strip()
