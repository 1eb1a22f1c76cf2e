"""One thread ends what another one sends or waits for: whatever the other does meanwhile, that is no error."""

from __future__ import annotations

import re
import signal
import socket
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from backuptool.stores.webdav.limits import Deadline
from backuptool.stores.webdav.transport import hang_up, plain_session, trust
from backuptool.stores.webdav.watch import in_time

TASKS = Path("/proc/self/task")
BLOCKED = re.compile(r"^SigBlk:\s*(\w+)$", re.MULTILINE)
ASKED = (signal.SIGALRM, signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


@pytest.fixture
def session() -> Iterator[requests.Session]:
    with plain_session(trust(None)) as made:
        yield made


def connection(session: requests.Session) -> Any:
    """One of the session's, not connected."""
    adapter: Any = session.get_adapter("http://")
    return adapter.poolmanager.connection_from_url("http://127.0.0.1:1").ConnectionCls("127.0.0.1", 1)


def test_a_connection_is_ended(session: requests.Session) -> None:
    made = connection(session)
    made.sock, other = socket.socketpair()
    with other, made.sock:
        hang_up(session)
        assert other.recv(1) == b""


def test_one_that_the_other_thread_leaves_at_that_moment_is_passed_over(session: requests.Session) -> None:
    left, right = socket.socketpair()
    with left, right:
        seen = [left]
        made = connection(session)
        made.__class__ = type("Leaving", (type(made),), {"sock": property(lambda _self: seen.pop() if seen else None)})
        hang_up(session)
        assert right.recv(1) == b""


def test_one_that_the_other_thread_makes_at_that_moment_is_no_error(
    session: requests.Session, request: pytest.FixtureRequest
) -> None:
    before = sys.getswitchinterval()
    request.addfinalizer(lambda: sys.setswitchinterval(before))
    sys.setswitchinterval(1e-6)
    kept = [connection(session) for _ in range(200)]
    making = threading.Thread(target=lambda: kept.extend(connection(session) for _ in range(2000)))
    making.start()
    while making.is_alive():
        hang_up(session)
    assert len(kept) == 2200


class Looked(Deadline):
    """What is left at each look; `all_seen` with the last, which stays."""

    def __init__(self, *left: float) -> None:
        super().__init__(60, "waiting")
        self._left = list(left)
        self.all_seen = threading.Event()

    @property
    def left(self) -> float:
        """Seconds."""
        if len(self._left) == 1:
            self.all_seen.set()
            return self._left[0]
        return self._left.pop(0)


def test_whoever_waits_when_the_time_is_over_is_hung_up_on() -> None:
    done = threading.Event()
    with in_time(Looked(0.01, 0), done.set):
        assert done.wait(60)


def test_whoever_has_time_anew_when_it_would_be_over_is_not() -> None:
    done, deadline = threading.Event(), Looked(0.01, 60, 60)
    with in_time(deadline, done.set):
        assert deadline.all_seen.wait(60)
    assert not done.is_set()


def test_no_signal_is_given_to_the_thread_that_watches() -> None:
    """A process that was stopped (Ctrl-Z) and goes on gives what came meanwhile to any thread that takes it, and the
    main one, which must handle it, sleeps on in poll(2)."""
    before = {*TASKS.iterdir()}
    with in_time(Deadline(60, "the question"), lambda: None):
        (watching,) = {*TASKS.iterdir()} - before
        blocked = int(BLOCKED.findall((watching / "status").read_text())[0], 16)  # as bits: proc(5)
    assert [number for number in ASKED if not blocked >> number - 1 & 1] == []


def test_the_main_thread_is_given_them_still() -> None:
    before = signal.pthread_sigmask(signal.SIG_BLOCK, ())
    with in_time(Deadline(60, "the question"), lambda: None):
        assert signal.pthread_sigmask(signal.SIG_BLOCK, ()) == before
