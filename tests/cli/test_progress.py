"""A bar on a terminal, and nothing anywhere else."""

from __future__ import annotations

import io
import itertools
import logging
import os
import pty
import re
import subprocess
import termios
import threading
from collections.abc import Generator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backuptool.cli.progress import Aside, Bar, line
from backuptool.progress import shown_by, stage, watched
from tests.cli.quick import QUICK
from tests.cli.test_round_trip import Host

GB = 10**9
# As they are told; from 10 s on, which a busy machine may take, without a tenth.
AMOUNT, TOOK = r"\d+(\.\d)? [kM]?B", r"(\d\.\d|(\d+ min )?\d+) s"


@pytest.mark.parametrize(
    ("arguments", "shown"),
    [
        (("dumping", 0, None, 0, 79), "dumping  0 B"),
        (("dumping", 1_234_567, None, 2_000_000, 79), "dumping  1.2 MB  2.0 MB/s"),
        (("uploading", 0, GB, 0, 79), "uploading    0 %  [                              ]  0 B of 1.0 GB"),
        (
            ("uploading", GB // 2, GB, 5_000_000, 79),
            "uploading   50 %  [######      ]  500.0 MB of 1.0 GB  5.0 MB/s  1 min 40 s left",
        ),
        (("verifying", GB, GB, 5_000_000, 60), "verifying  100 %  1.0 GB of 1.0 GB  5.0 MB/s  0 s left"),
        (("uploading", GB // 2, GB, 20_000, 40), "uploading   50 %  6 h 56 min left"),
        (("uploading", GB // 2, GB, 5_000_000, 20), "uploading   50 %"),
        (("uploading", GB // 2, GB, 5_000_000, 5), "uploa"),
        (("uploading", 2 * GB, GB, 5_000_000, 45), "uploading  100 %  5.0 MB/s  0 s left"),
        (("copying", 0, 0, 0, 79), "copying  0 B"),
        (("copying", 0, 2, 1e-308, 36), "copying    0 %  0 B of 2 B"),
    ],
)
def test_a_line_says_what_fits(arguments: tuple[str, int, int | None, float, int], shown: str) -> None:
    """The percentage and the time that is left, before rate and sizes, before the bar."""
    assert line(*arguments) == shown


@given(
    st.sampled_from(["dumping", "uploading"]),
    st.integers(-(10**6), 10**15),
    st.none() | st.integers(0, 10**15),
    st.floats(0, 1e12),
    st.integers(1, 300),
)
def test_a_line_is_never_wider_than_the_terminal(
    what: str, done: int, total: int | None, rate: float, width: int
) -> None:
    shown = line(what, done, total, rate, width)
    assert len(shown) <= width
    assert "\n" not in shown


def screen(written: str) -> list[str]:
    """What a terminal shows of this: `\\r` goes back to the first column, and what is there is overwritten."""
    rows: list[str] = []
    for row in written.replace("\r\n", "\n").split("\n"):
        cells: list[str] = []
        for part in row.split("\r"):
            cells[: len(part)] = part
        rows.append("".join(cells).rstrip())
    return rows


class Clock:
    """Goes on by itself, a second each time somebody looks."""

    def __init__(self) -> None:
        self._times = itertools.count()

    def __call__(self) -> float:
        return float(next(self._times))


def test_a_stage_is_shown_and_leaves_nothing() -> None:
    terminal = io.StringIO()
    bar = Bar(terminal, Clock())
    with shown_by(bar), stage("uploading", 4000) as advance:
        assert screen(terminal.getvalue())[0].startswith("uploading    0 %")
        advance(3000)
        assert screen(terminal.getvalue())[0].endswith("3.0 kB of 4.0 kB  3.0 kB/s  0 s left")
        advance(-2000)
        assert screen(terminal.getvalue())[0].startswith("uploading   25 %")
    assert screen(terminal.getvalue()) == [""]


def test_a_log_line_stands_where_the_bar_was_and_the_bar_below_it() -> None:
    terminal = io.StringIO()
    bar = Bar(terminal, Clock())
    handler = Aside(terminal, bar)
    with shown_by(bar), stage("uploading", 4000) as advance:
        handler.emit(logging.makeLogRecord({"msg": "trying again"}))
        assert screen(terminal.getvalue()) == ["trying again", ""]
        advance(1000)
        shown = screen(terminal.getvalue())
        assert shown[0] == "trying again"
        assert shown[1].startswith("uploading   25 %")
    assert screen(terminal.getvalue()) == ["trying again", ""]


def test_bytes_that_several_threads_move_are_all_counted() -> None:
    terminal = io.StringIO()
    with shown_by(Bar(terminal, Clock())), stage("uploading", 4000) as advance:
        threads = [threading.Thread(target=lambda: [advance(1) for _ in range(1000)]) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert screen(terminal.getvalue())[0].startswith("uploading  100 %")


def test_a_terminal_that_is_gone_does_not_end_the_work() -> None:
    with Path("/dev/full").open("w", encoding="utf-8") as terminal:
        with shown_by(Bar(terminal, Clock())), stage("uploading", 1) as advance:
            advance(1)
        with pytest.raises(OSError, match="No space"):  # positive control: it takes nothing
            terminal.flush()
        os.dup2(os.open(os.devnull, os.O_WRONLY), terminal.fileno())


def test_watched_chunks_are_the_same_and_are_ended() -> None:
    ended = []

    def chunks() -> Generator[bytes, None, None]:
        try:
            yield b"a"
            yield b"b"
        finally:
            ended.append(True)

    terminal = io.StringIO()
    with shown_by(Bar(terminal, Clock())):
        assert b"".join(watched(chunks(), "dumping")) == b"ab"
        assert "dumping  2 B" in terminal.getvalue()
        begun = watched(chunks(), "dumping")
        next(begun)
        begun.close()
    assert ended == [True, True]
    assert screen(terminal.getvalue()) == [""]


def at_terminal(host: Host, columns: int, *words: str, **more: str) -> tuple[int, str]:
    """The exit code, and all that was written to a terminal of so many columns."""
    master, slave = pty.openpty()
    termios.tcsetwinsize(slave, (24, columns))
    written: list[bytes] = []

    def read() -> None:
        try:
            while block := os.read(master, 1 << 16):
                written.append(block)
        except OSError:  # EIO: nobody has the other end any more
            return

    reader = threading.Thread(target=read)
    reader.start()
    argv = [*QUICK, "--config", str(host.config), *words]
    environment = {"PATH": os.environ["PATH"], "HOME": str(host.folder), "TERM": "xterm", **more}
    process = subprocess.Popen(argv, stdin=slave, stdout=slave, stderr=slave, env=environment, cwd=host.folder)
    os.close(slave)
    code = process.wait()
    reader.join()
    os.close(master)
    return code, b"".join(written).decode()


@pytest.mark.parametrize(
    ("columns", "words", "more"), [(80, (), {}), (80, ("-v",), {"NO_COLOR": "1"}), (40, (), {}), (0, (), {})]
)
def test_a_terminal_shows_how_far_a_backup_is_and_keeps_the_log_readable(
    host: Host, columns: int, words: tuple[str, ...], more: dict[str, str]
) -> None:
    code, written = at_terminal(host, columns, *words, "backup", **more)
    assert code == 0
    for what in ("dumping", "copying", "verifying"):
        assert f"\r{what}  " in written
    assert "\x1b" not in written
    assert max(len(part) for part in re.findall(r"\r((?:dumping|copying|verifying)[^\r\n]*)", written)) < (
        columns or 80
    )
    shown = screen(written)
    assert not [row for row in shown if re.match("(dumping|copying|verifying)  ", row)]
    form = r"\d\d:\d\d:\d\d " if "-v" in words else "backuptool: "
    assert re.fullmatch(f"{form}dumping", shown[0])
    assert re.fullmatch(rf"{form}dumped {AMOUNT} in {TOOK}", shown[1])
    assert re.fullmatch(rf"{form}made broker_\S+\.tar, {AMOUNT}", shown[2])
    for what, row in zip(("copied", "verified"), shown[3:5], strict=True):
        assert re.fullmatch(rf"{form}{what} {AMOUNT} in {TOOK}", row)
    code, written = at_terminal(host, columns, "verify")
    assert (code, "\rfetching  " in written) == (0, True)
    assert not [row for row in screen(written) if row.startswith("fetching")]


def test_without_a_terminal_nothing_is_shown(host: Host) -> None:
    """Under cron each line would be a mail; the positive control is above."""
    done = host.tool("backup")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    done = host.tool("-v", "backup")
    assert "\r" not in done.stderr
