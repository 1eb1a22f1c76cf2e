"""A script of a test: what is read of it, and what bash makes of it."""

from __future__ import annotations

import subprocess
from pathlib import Path

from backuptool.shellscript import Script, Unclear, Value, read_script


def read(folder: Path, text: str) -> Script:
    path = folder / "script"
    path.write_text(text)
    return read_script(path, {"HOME": "/home/ann"})


def value_of_x(folder: Path, text: str) -> str:
    """What X holds at its end, which must be known."""
    found = read(folder, text).held("X")
    assert isinstance(found, Value), found
    return found.text


def doubt_of_x(folder: Path, text: str) -> tuple[str, int]:
    """Why it is not known what X holds, and the line that this is about."""
    found = read(folder, text).held("X")
    assert isinstance(found, Unclear), found
    return found.why, found.line


def in_bash(folder: Path, text: str, *options: str) -> str:
    """What X holds when bash ends."""
    return _run(folder, *options, "-c", _with_trap(folder, text))


def in_bash_from(folder: Path, text: str) -> str:
    """The same, of a script that stands in its file."""
    path = folder / "script"
    path.write_text(_with_trap(folder, text))
    return _run(folder, str(path))


def _with_trap(folder: Path, text: str) -> str:
    return f"trap 'printf %s \"$X\" > {folder / 'out'}' EXIT\n{text}"


def _run(folder: Path, *argv: str) -> str:
    environment = {"HOME": "/home/ann", "PATH": "/usr/bin:/bin"}
    subprocess.run(["bash", "--norc", *argv], capture_output=True, check=False, env=environment)
    return (folder / "out").read_text()
