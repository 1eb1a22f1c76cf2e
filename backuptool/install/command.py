"""This installation as a command for those who run it at night: absolute words, that need nothing of an environment."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path

from backuptool.archive import archive
from backuptool.errors import BackuptoolError
from backuptool.install.programs import said

SHORT = ("env", "-i", "PATH=/usr/bin:/bin")  # what cron leaves


def command(state: Path) -> tuple[str, ...]:
    """Its words. The one-file tool (shiv) unpacks itself below `state`, as systemd leaves it no home where it could."""
    if file := archive():
        return ("/usr/bin/env", f"SHIV_ROOT={state / 'pyz'}", sys.executable, str(file))
    script = Path(sys.executable).with_name("backuptool")
    return (str(script),) if script.is_file() else (sys.executable, "-m", "backuptool")


def check_command(words: tuple[str, ...]) -> None:
    """They start the tool where there is next to no environment. Raises BackuptoolError."""
    code, text = said(*SHORT, *words, "--version") or (1, "")
    if code or not text.startswith("backuptool "):
        why = text.splitlines()[-1] if text else "it says nothing"
        hint = f"see for yourself: {shlex.join([*SHORT, *words, '--version'])}"
        raise BackuptoolError(f"this tool does not run as cron would start it: {why}", hint=hint)
