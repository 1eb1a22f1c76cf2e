"""A signal at any place of starting, reading, feeding and ending a program: it ends, nothing runs on, nothing waits."""

from __future__ import annotations

import os
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from plumbum import local

from backuptool.shells.guard import MARK
from backuptool.shells.local import Local
from backuptool.shells.stream import feed, output, read
from tests.interrupting import interrupted, listening

# Where a signal used to be worst: a thread that is started waits for it, so a handler runs there most often.
FILES = ("backuptool/shells/running.py", "backuptool/shells/stream.py", "backuptool/shells/guard.py", "/threading.py")
# The rest of the standard library is left out: its places within `held` are many, and all alike.
STEP = 1 if os.environ.get("BACKUPTOOL_CAMPAIGN") else 29
PRINTS = "head -c 200000 /dev/zero; exec sleep 600"
TAKES = "head -c 1 > /dev/null; exec sleep 600"
VICTIM = secrets.token_hex(8)


def reading() -> None:
    with closing(read(Local().command("sh", "-c", PRINTS))) as chunks:
        next(chunks)


def feeding() -> None:
    def chunks() -> Iterator[bytes]:
        yield b"x"
        raise InterruptedError("the one who gives has had enough")

    feed(Local().command("sh", "-c", TAKES), chunks())


def finishing() -> None:
    assert output(Local().command("sh", "-c", "echo done")) == b"done\n"


@pytest.fixture
def _listening() -> Iterator[None]:
    with listening(), local.env(VICTIM=VICTIM):
        yield


def running() -> list[int]:
    """What a command of this test started; what other tests started beside it does not count."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            environment = (folder / "environ").read_bytes()
            if f"{MARK}=".encode() in environment and f"VICTIM={VICTIM}\0".encode() in environment:
                found.append(int(folder.name))
        except OSError:  # it has ended meanwhile, or is another user's
            continue
    return found


@pytest.mark.usefixtures("_listening")
@pytest.mark.parametrize(("work", "step"), [(reading, STEP), (feeding, STEP), (finishing, 1 + STEP // 2)])
def test_a_signal_at_any_place_ends_it_and_leaves_nothing(work: Callable[[], None], step: int) -> None:
    before, place = set(threading.enumerate()), 1
    while interrupted(work, place, FILES):
        while running() or not set(threading.enumerate()) <= before:
            time.sleep(0.01)
        place += step
    assert place > 50
