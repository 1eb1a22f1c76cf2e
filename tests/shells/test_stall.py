"""A program that stands still is ended within its limit; one that is only slow is not."""

from __future__ import annotations

import secrets

import pytest

from backuptool.errors import CommandFailed, SourceError
from backuptool.shells.local import Local
from backuptool.shells.stream import feed, output, read
from tests.contracts.shell import COUNT

STALL = 1.5  # s; a busy machine takes one to start a program
SLOW = "for n in 1 2 3 4 5; do echo $n; sleep 0.5; done"


@pytest.fixture
def victim() -> str:
    return secrets.token_hex(8)


def running(victim: str) -> int:
    return int(output(Local().command("sh", "-c", COUNT, "sh", victim)))


def test_one_that_stops_printing_is_ended_with_all_it_started(victim: str) -> None:
    chunks = read(
        Local().command("env", f"VICTIM={victim}", "sh", "-c", "head -c 200000 /dev/zero; sleep 600; echo y"), STALL
    )
    assert next(chunks)
    assert running(victim) > 0
    with pytest.raises(SourceError, match=r"sh in this host stood still for 1\.5 s, and was ended") as caught:
        list(chunks)
    assert "paused" in caught.value.hint
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


def test_a_slow_one_is_not_ended() -> None:
    assert b"".join(read(Local().command("sh", "-c", SLOW), STALL)) == b"1\n2\n3\n4\n5\n"


def test_the_time_that_its_reader_takes_is_not_counted() -> None:
    chunks = read(Local().command("head", "-c", "8388608", "/dev/zero"), STALL)
    size = len(next(chunks))
    output(Local().command("sleep", "1.6"), stall=9)
    assert size + sum(map(len, chunks)) == 8 << 20


def test_an_error_after_slow_input_is_the_programs_own() -> None:
    with pytest.raises(CommandFailed, match="enough"):
        feed(Local().command("sh", "-c", "head -c 10 >/dev/null; echo enough >&2; exit 3"), [bytes(8 << 20)], STALL)
