"""What systemd is told of the timer: a systemctl that writes down how it is called, and fails where it is told to."""

from __future__ import annotations

from pathlib import Path

import pytest

from backuptool.errors import UsageError
from backuptool.install.systemctl import disable, enable, forget

HERE = Path("/")


@pytest.fixture
def calls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file with a line for each call."""
    said = tmp_path / "calls"
    program = tmp_path / "systemctl"
    program.write_text(f'#!/bin/sh\necho "$*" >> "{said}"\ncase "$*" in "${{FAILS:-none}}"*) echo no; exit 1;; esac\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    return said


def test_where_systemd_runs_the_timer_is_started_too(calls: Path, tmp_path: Path) -> None:
    enable(HERE, booted=tmp_path)
    assert calls.read_text().splitlines() == ["daemon-reload", "enable --now backuptool.timer"]


def test_another_hosts_timer_is_only_enabled(calls: Path, tmp_path: Path) -> None:
    root = tmp_path / "root"
    enable(root, booted=tmp_path)
    disable(root, booted=tmp_path)
    forget(root, booted=tmp_path)
    assert calls.read_text().splitlines() == [
        f"--root={root} enable backuptool.timer",
        f"--root={root} disable backuptool.timer",
    ]


@pytest.mark.parametrize("fails", ["none", "clean", "reset-failed"])
def test_nothing_of_what_was_taken_away_is_known_to_systemd(
    calls: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fails: str
) -> None:
    """Neither that the last run failed, nor when the timer fired last: a new one would make up for the nights since.

    Both are refused for a unit that systemd has not loaded, and an old one knows no `clean`.
    """
    monkeypatch.setenv("FAILS", fails)
    disable(HERE, booted=tmp_path)
    assert calls.read_text().splitlines() == ["disable --now backuptool.timer", "clean --what=state backuptool.timer"]
    calls.unlink()
    forget(HERE, booted=tmp_path)
    assert calls.read_text().splitlines() == ["daemon-reload", "reset-failed backuptool.service"]


def test_a_timer_that_cannot_be_disabled_is_said(calls: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAILS", "disable")
    with pytest.raises(UsageError, match=r"systemctl disable --now backuptool\.timer: no"):
        disable(HERE, booted=tmp_path)
