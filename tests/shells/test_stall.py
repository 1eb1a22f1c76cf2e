"""A program that stands still is ended within its limit; one that is only slow is not."""

from __future__ import annotations

import os
import secrets
import select
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from backuptool.errors import CommandFailed, SourceError
from backuptool.shells import stream
from backuptool.shells.local import Local
from backuptool.shells.stream import feed, output, read
from tests.contracts.shell import COUNT

STALL = 1.5  # s
MANY = 2_000_000  # bytes: more than seven reads


@pytest.fixture
def victim() -> str:
    return secrets.token_hex(8)


def running(victim: str) -> int:
    return int(output(Local().command("sh", "-c", COUNT, "sh", victim)))


class Begun:
    """A command that has come to writing into the pipe `begun` when it is started."""

    def __init__(self, command: Any, begun: Path, victim: str) -> None:
        self._command, self._begun, self._victim, self.ran = command, begun, victim, 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._command, name)

    def popen(self, **more: Any) -> Any:
        """The process."""
        process = self._command.popen(**more)
        self._begun.read_bytes()
        self.ran = running(self._victim)
        return process


def test_one_that_stops_printing_is_ended_with_all_it_started(victim: str, tmp_path: Path) -> None:
    pipe = tmp_path / "begun"
    os.mkfifo(pipe)
    script = 'echo x; echo > "$0"; sleep 600; echo y'
    begun = Begun(Local().command("env", f"VICTIM={victim}", "sh", "-c", script, str(pipe)), pipe, victim)
    with pytest.raises(SourceError, match=r"sh in this host stood still for 1\.5 s, and was ended") as caught:
        list(read(begun, STALL))
    assert "paused" in caught.value.hint
    assert begun.ran > 0
    assert running(victim) == 0


def test_one_that_takes_no_input_is_ended(victim: str) -> None:
    with pytest.raises(SourceError, match="stood still"):
        feed(Local().command("env", f"VICTIM={victim}", "sleep", "600"), (bytes(1 << 20) for _ in range(8)), STALL)
    assert running(victim) == 0


@pytest.mark.parametrize("script", ["cat >/dev/null; exec sleep 600", "exec >&-; exec sleep 600"])
def test_one_that_does_not_end_is_ended(victim: str, script: str) -> None:
    command = ("env", f"VICTIM={victim}", "sh", "-c", script)
    with pytest.raises(SourceError, match="stood still"):
        output(Local().command(*command), b"all", STALL)
    with pytest.raises(SourceError, match="stood still"):
        list(read(Local().command(*command), STALL))
    assert running(victim) == 0


def waiting(monkeypatch: pytest.MonkeyPatch, *first: float) -> None:
    """Let each wait for a program be these seconds at `first`, of which none passes, and then as long as it takes."""

    class Poll:
        def __init__(self) -> None:
            self._poll, self._first = select.poll(), list(first)

        def register(self, pipe: int, event: int) -> None:
            self._poll.register(pipe, event)

        def poll(self, limit: float) -> list[tuple[int, int]]:
            if not self._first:
                return self._poll.poll()
            assert self._first.pop() * 1000 == limit
            return []

    kinds = {"POLLIN": select.POLLIN, "POLLOUT": select.POLLOUT}
    monkeypatch.setattr(stream, "select", SimpleNamespace(poll=Poll, **kinds))


def test_a_slow_one_is_not_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    waiting(monkeypatch, 1)
    assert b"".join(read(Local().command("head", "-c", str(MANY), "/dev/zero"), STALL)) == bytes(MANY)


def test_the_time_that_its_reader_takes_is_not_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    waiting(monkeypatch)
    chunks = read(Local().command("head", "-c", str(MANY), "/dev/zero"), STALL)
    size = len(next(chunks))
    time.sleep(STALL + 0.1)
    assert size + sum(map(len, chunks)) == MANY


def test_an_error_after_slow_input_is_the_programs_own() -> None:
    with pytest.raises(CommandFailed, match="enough"):
        feed(Local().command("sh", "-c", "head -c 10 >/dev/null; echo enough >&2; exit 3"), [bytes(8 << 20)], 60)
