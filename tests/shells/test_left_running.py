"""What a program leaves running when it ends may hold its pipes open for weeks: nobody waits for that."""

from __future__ import annotations

import fcntl
import os
import re
import signal
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from plumbum import local

from backuptool.errors import CommandFailed
from backuptool.shells.guard import Guarded
from backuptool.shells.local import Local
from backuptool.shells.running import Collected
from backuptool.shells.stream import output, read

ALL = 'sleep 100000 & echo $! > "$0"; head -c 300000 /dev/zero; exit "$1"'
COMPLAINTS = 'sleep 100000 >&- & echo $! > "$0"; echo printed; echo why >&2; exit "$1"'
CHATTERS = 'yes >&2 & echo $! > "$0"; sleep 0.1; exit "$1"'


@pytest.fixture
def left(tmp_path: Path) -> Iterator[Path]:
    """Where the program writes what it leaves; that is ended afterwards."""
    pid = tmp_path / "pid"
    yield pid
    with suppress(ProcessLookupError):
        os.kill(int(pid.read_text()), signal.SIGKILL)


def test_all_that_the_program_itself_printed_is_there_at_once(left: Path) -> None:
    assert output(Local().command("sh", "-c", ALL, str(left), "0")) == bytes(300_000)


@pytest.mark.parametrize(("script", "printed"), [(COMPLAINTS, b"printed\n"), (CHATTERS, b"")])
def test_one_that_holds_the_complaints_is_not_waited_for_either(left: Path, script: str, printed: bytes) -> None:
    assert b"".join(read(Local().command("sh", "-c", script, str(left), "0"))) == printed


def test_why_it_failed_is_told_all_the_same(left: Path) -> None:
    with pytest.raises(CommandFailed, match="why"):
        output(Local().command("sh", "-c", COMPLAINTS, str(left), "3"))


def test_all_that_a_large_pipe_holds_at_the_end_is_there() -> None:
    """Where a page has 64 KiB, each pipe holds a MiB."""
    reader, writer = os.pipe()
    with os.fdopen(writer, "wb", buffering=0) as held_open:
        size = fcntl.fcntl(held_open, fcntl.F_SETPIPE_SZ, 1 << 20)
        held_open.write(bytes(size))
        printed = Collected(os.fdopen(reader, "rb"), all_of=True)
        assert printed.content() == bytes(size)
        printed.close()


RESOLVE = "ssh: Could not resolve hostname db1: Name or service not known"
LOGIN = "backup@db1: Permission denied (publickey)."
KEY = "Host key verification failed."
LOST = "client_loop: send disconnect: Broken pipe"


@pytest.mark.parametrize(
    ("client", "end", "said"),
    [
        ("kill -KILL $$", "true", False),
        ("kill -KILL $$", "false", True),
        (f"echo '{LOST}' >&2; exit 255", "false", True),
        *((f"echo '{why}' >&2; exit 255", "false", False) for why in (RESOLVE, LOGIN, KEY)),
    ],
)
def test_what_was_started_and_could_not_be_ended_where_it_runs_is_said(
    caplog: pytest.LogCaptureFixture, client: str, end: str, *, said: bool
) -> None:
    """A paused container lets nobody end what a killed client leaves; where ssh never came, nothing was started."""
    with pytest.raises(CommandFailed):
        output(Guarded(local["sh"]["-c", client], local[end], ["sh"], "elsewhere"))
    assert ("may still run" in caplog.text) is said


@pytest.mark.parametrize("why", [RESOLVE, LOGIN, KEY])
def test_where_ssh_does_not_come_the_hint_is_about_ssh(why: str) -> None:
    with pytest.raises(CommandFailed, match=re.escape(why)) as failed:
        output(Guarded(local["sh"]["-c", f"echo '{why}' >&2; exit 255"], local["true"], ["sh"], "elsewhere"))
    assert failed.value.hint.startswith("`ssh HOST true` must work")
