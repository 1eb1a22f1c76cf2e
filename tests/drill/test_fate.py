"""What is told of a drill's container when its engine no longer answers as it should."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from backuptool import fate
from backuptool.errors import SourceError
from backuptool.fate import Fate, Origin
from backuptool.shells import Shell
from backuptool.shells.local import Local

LOST = SourceError("connection to server was lost")
ENGINE = """#!/bin/sh
case "$1" in
  inspect) echo false ;;
  wait) exec sleep 600 ;;
esac
"""


@dataclass(frozen=True, slots=True)
class Without:
    """A host whose engine cannot be asked for one of its commands."""

    host: Shell
    word: str

    def command(self, *argv: str) -> Any:
        if self.word in argv:
            raise SourceError("docker: not found on this host", hint="install it, or set the shell's path")
        return self.host.command(*argv)


@pytest.fixture
def host(tmp_path: Path) -> Shell:
    """One on which the drill's container runs on, and has no log."""
    (tmp_path / "docker").write_text(ENGINE)
    (tmp_path / "docker").chmod(0o755)
    return Local(str(tmp_path))


def of(host: Shell) -> Fate:
    return Fate(Origin(host, "docker", "postgres:17"), "drill", "a container of postgres:17", "1g")


def test_of_a_container_that_runs_on_nothing_is_told(host: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fate, "SOON", 1.5)
    assert of(host).why(LOST) is None


@pytest.mark.parametrize("word", ["logs", "inspect", "wait"])
def test_an_engine_that_cannot_be_asked_is_told_and_is_no_fault_of_the_backup(host: Shell, word: str) -> None:
    """Who cannot ask whether the container ended does not know that it runs on."""
    told = of(Without(host, word)).why(LOST)
    assert told is not None
    assert not isinstance(told, SourceError)
    assert told.message == "a container of postgres:17 cannot be reached: docker: not found on this host"
    assert told.hint == "install it, or set the shell's path"
