"""A script of a test: what is read of it, and what bash makes of it."""

from __future__ import annotations

import subprocess
from pathlib import Path

from backuptool.shellscript import Script, Value, read_script


def read(folder: Path, text: str) -> Script:
    path = folder / "script"
    path.write_text(text)
    return read_script(path, {"HOME": "/home/ann"})


def value_of_x(folder: Path, text: str) -> str:
    """What X holds at its end, which must be known."""
    found = read(folder, text).held("X")
    assert isinstance(found, Value), found
    return found.text


def in_bash(folder: Path, text: str, *options: str) -> str:
    """What X holds when bash ends."""
    out = folder / "out"
    script = f"trap 'printf %s \"$X\" > {out}' EXIT\n{text}"
    argv = ["bash", "--norc", *options, "-c", script]
    subprocess.run(argv, capture_output=True, check=False, env={"HOME": "/home/ann", "PATH": "/usr/bin:/bin"})
    return out.read_text()
