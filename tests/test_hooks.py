"""The owner's commands around a backup: bounded, told facts and no secrets, and never what decides about a backup."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from backuptool.hooks import run_hook
from tests.begun import over_when_begun

ENDLESS = 'sleep 1000 & echo $! > "$0"; wait'


def gone(pid: int, limit: float | None = None) -> bool:
    """Whether the process has ended, or does within `limit` seconds, if there is one: a signal takes its time."""
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        return bool(select.select([descriptor], [], [], limit)[0])
    finally:
        os.close(descriptor)


def test_a_hook_that_ends_well_says_nothing(caplog: pytest.LogCaptureFixture) -> None:
    assert run_hook(["true"], {}, 60) == ""
    assert caplog.text == ""


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (["sh", "-c", "echo first; echo last >&2; exit 3"], "sh ended with exit code 3: last"),
        (["false"], "false ended with exit code 1"),
        (["sh", "-c", "kill -9 $$"], "sh ended by signal 9"),
        (["/none/there"], "/none/there: No such file or directory"),
        (["/"], "/: Permission denied"),
    ],
)
def test_what_was_wrong_is_told_in_a_few_words(argv: list[str], said: str) -> None:
    assert run_hook(argv, {}, 60) == said


def test_it_starts_in_the_root_folder_and_can_ask_nobody() -> None:
    """Though somebody could answer: pytest itself gives a test nobody."""
    reader, writer = os.pipe()
    os.write(writer, b"an answer\n")
    nobody = os.dup(0)
    os.dup2(reader, 0)
    try:
        assert run_hook(["sh", "-c", "read answer || pwd; exit 3"], {}, 60) == "sh ended with exit code 3: /"
    finally:
        os.dup2(nobody, 0)
        for one in (reader, writer, nobody):
            os.close(one)


def test_it_sees_the_facts_and_none_of_our_own_variables(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGPASSWORD", "s3cret")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", "/run/credentials/x")
    monkeypatch.setenv("TZ", "UTC")
    seen = tmp_path / "seen"
    assert run_hook(["sh", "-c", f'env -0 > "{seen}"'], {"BACKUPTOOL_ERROR": "two\nlines\0"}, 60) == ""
    told = dict(item.split("=", 1) for item in seen.read_text().split("\0") if item)
    assert told["BACKUPTOOL_ERROR"] == "two\nlines"
    assert (told["TZ"], "PATH" in told) == ("UTC", True)
    assert not {"PGPASSWORD", "CREDENTIALS_DIRECTORY"} & set(told)
    assert "s3cret" not in seen.read_text()


def test_one_that_does_not_end_is_ended_with_all_that_it_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pid = tmp_path / "pid"
    over_when_begun(pid, monkeypatch)
    assert run_hook(["sh", "-c", ENDLESS, str(pid)], {}, 60) == "sh was ended after 60 s"
    assert gone(int(pid.read_text()))


def test_what_it_leaves_running_on_purpose_is_not_waited_for(tmp_path: Path) -> None:
    pid = tmp_path / "pid"
    assert run_hook(["sh", "-c", 'sleep 100000 & echo $! > "$0"', str(pid)], {}, 86400) == ""
    assert not gone(int(pid.read_text()), 0)
    os.kill(int(pid.read_text()), signal.SIGKILL)


INTERRUPTED = """
import sys
from backuptool.errors import Interrupted
from backuptool.hooks import run_hook
from backuptool.interruption import listen
listen()
try:
    run_hook(["sh", "-c", sys.argv[1], sys.argv[2]], {}, 300)
except Interrupted:
    sys.exit(7)
"""


def test_a_signal_ends_it_with_the_run(tmp_path: Path) -> None:
    pid = tmp_path / "pid"
    os.mkfifo(pid)
    argv = [sys.executable, "-c", INTERRUPTED, ENDLESS, str(pid)]
    with subprocess.Popen(argv) as tool:
        child = int(pid.read_text())
        tool.terminate()
        assert tool.wait() == 7
    assert gone(child)
