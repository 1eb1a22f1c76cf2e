"""A server that is away comes back within minutes: a router, a proxy or a container restarts."""

from __future__ import annotations

import itertools
import logging
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
import requests

from backuptool.errors import StoreError
from backuptool.stores.webdav import retry
from backuptool.stores.webdav.address import Address
from backuptool.stores.webdav.collection import Collection
from backuptool.stores.webdav.connection import broken
from backuptool.stores.webdav.limits import Deadline, Limits
from backuptool.stores.webdav.retry import patiently
from backuptool.stores.webdav.session import Session
from backuptool.stores.webdav.status import Transient
from backuptool.stores.webdav.store import WebDavStore
from backuptool.stores.webdav.transport import trust
from tests.contracts.store import NAME
from tests.stores.davserver import CREDENTIALS, DavServer
from tests.stores.faults import status, swallowed
from tests.stores.faulty_proxy import Exchange, FaultyProxy, faulty_proxy
from tests.stores.places import Folder
from tests.stores.webdav.conftest import QUICK

# No waiting for what should fail at once; a test that hangs shows what should not.
AWAY = replace(QUICK, patience=30, listing_patience=0)


@pytest.fixture
def nobody() -> Iterator[socket.socket]:
    """A port of this test that nobody listens on until it does: connections are refused, and nobody else gets it."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield taken


def url_of(taken: socket.socket) -> str:
    return f"http://127.0.0.1:{taken.getsockname()[1]}/backups"


class AfterWarnings(logging.Handler):
    """Does something when the store has said so many times that it tries again."""

    def __init__(self, count: int, act: Callable[[], object]) -> None:
        super().__init__()
        self._left = count
        self._act = act

    def emit(self, record: logging.LogRecord) -> None:
        """Count; the retrying thread waits until it is done."""
        self._left -= 1
        if self._left == 0:
            self._act()


@pytest.fixture
def retries() -> logging.Logger:
    return logging.getLogger("backuptool.stores.webdav.retry")


def test_an_upload_waits_for_a_server_longer_than_for_other_failures(
    server: DavServer, nobody: socket.socket, place: Folder, bundle: Path, retries: logging.Logger
) -> None:
    """Four attempts are all that other failures get; those come on top."""
    with ExitStack() as stack:

        def start() -> None:
            proxy = stack.enter_context(faulty_proxy(server.port, nobody))
            proxy.on("PUT", status(503), times=3)

        handler = AfterWarnings(12, start)
        retries.addHandler(handler)
        stack.callback(retries.removeHandler, handler)
        WebDavStore(url_of(nobody), CREDENTIALS, AWAY).put(bundle, NAME)
    assert place.names() == {NAME}


def test_a_listing_does_not_wait_that_long(nobody: socket.socket, caplog: pytest.LogCaptureFixture) -> None:
    store = WebDavStore(url_of(nobody), CREDENTIALS, AWAY)
    with pytest.raises(StoreError, match="refuses connections"):
        store.list()
    assert "trying again" not in caplog.text


def test_a_server_that_stays_away_is_given_up_in_the_end(
    nobody: socket.socket, bundle: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = itertools.count(0, 0.1)  # s between two looks: of the one second nothing is lost to other programs
    monkeypatch.setattr(retry, "time", SimpleNamespace(monotonic=lambda: next(clock)))
    store = WebDavStore(url_of(nobody), CREDENTIALS, QUICK)
    with pytest.raises(StoreError, match="refuses connections") as caught:
        store.put(bundle, NAME)
    assert "whether the server runs" in caught.value.hint
    assert caplog.text.count("trying again") > QUICK.attempts
    assert "in 0 s" not in caplog.text


def test_nobody_waits_a_second_time_for_a_server_that_was_given_up() -> None:
    tries = []

    def inner() -> None:
        tries.append(1)
        raise Transient("away", away=True)

    def outer() -> None:
        patiently(inner, QUICK, deadline, 0)

    deadline = Deadline(30, "waiting")
    with pytest.raises(StoreError, match="away"):
        patiently(outer, QUICK, deadline, 30)
    assert len(tries) == 1


def test_what_broke_before_the_server_went_away_does_not_shorten_the_wait() -> None:
    """An upload of hours breaks, then nobody answers for a while: the wait begins there, and anew each time."""
    failures = [Transient("broke"), *[Transient("away", away=True)] * 9, Transient("broke")] * 2

    def attempt() -> str:
        if failures:
            raise failures.pop(0)
        return "done"

    assert patiently(attempt, replace(QUICK, attempts=5), Deadline(30, "waiting"), 30) == "done"


def test_an_upload_that_could_not_be_deleted_is_deleted_before_the_next_attempt(
    store: WebDavStore, proxy: FaultyProxy, place: Folder, bundle: Path
) -> None:
    """Or each attempt would leave a file of the whole size."""
    proxy.on("PUT", swallowed)
    proxy.on("DELETE", status(503), times=4)
    store.put(bundle, NAME)
    assert place.names() == {NAME}


@pytest.mark.parametrize(
    ("failure", "away"),
    [
        (requests.ConnectionError("Failed to resolve 'x' ([Errno -3] Temporary failure in name resolution)"), True),
        (requests.ConnectionError("[Errno 111] Connection refused"), True),
        (requests.ConnectionError("[Errno 113] No route to host"), True),
        (requests.ConnectTimeout("timed out"), True),
        (requests.ReadTimeout("timed out"), False),
        (requests.ConnectionError("Connection reset by peer"), False),
    ],
)
def test_away_is_a_server_to_which_no_connection_was_made(failure: Exception, away: bool) -> None:
    error = broken(failure, "storing x", Address.parse("https://x.example/"))
    assert isinstance(error, Transient)
    assert error.away == away


def test_the_usual_limits_outlast_a_router_that_restarts() -> None:
    assert Limits().patience >= 600
    assert Limits().listing_patience < Limits().patience


def test_the_threads_of_one_put_have_its_end_and_are_cancelled_alone() -> None:
    address = Address.parse("http://127.0.0.1:1/")
    with Session(address, None, QUICK, "storing", trust(None)) as session:
        time.sleep(0.01)
        with session.twin() as twin:
            assert session.deadline.remaining() >= twin.deadline.remaining()
            twin.cancel()
            with pytest.raises(StoreError, match="cancelled"):
                twin.deadline.remaining()
            assert session.deadline.remaining() > 0


class Recorded(Deadline):
    """Its waits pass at once."""

    def __init__(self) -> None:
        super().__init__(100, "waiting")
        self.waits: list[float] = []

    def wait(self, seconds: float) -> None:
        """Only said."""
        self.waits.append(seconds)


@pytest.mark.parametrize(("said", "least", "most"), [("7", 7, 8), ("5000", 20, 21), ("99999999", 20, 21), ("-1", 0, 1)])
def test_who_says_when_to_come_again_is_not_asked_sooner_but_not_much_later_either(
    server: DavServer, proxy: FaultyProxy, said: str, least: float, most: float
) -> None:
    address = Address.parse(f"http://127.0.0.1:{proxy.port}/")
    limits = replace(QUICK, longest_retry_after=20)
    proxy.on("PROPFIND", status(503, ("Retry-After", said)), times=2)
    with Session(address, CREDENTIALS, limits, "listing", trust(None)) as session:
        session.deadline = deadline = Recorded()
        assert Collection(session).files() == []
    assert len(deadline.waits) == 2
    assert all(least <= wait < most for wait in deadline.waits)


def test_nobody_waits_past_the_end_for_who_says_when_to_come_again() -> None:
    deadline = Recorded()
    failures = [Transient("later", retry_after=5000)]

    def attempt() -> str:
        if failures:
            raise failures.pop()
        return "done"

    assert patiently(attempt, QUICK, deadline, 0) == "done"
    assert 90 < deadline.waits[0] <= 100


def test_a_server_that_does_not_read_is_given_up_though_answers_may_take_long(
    proxy: FaultyProxy, tmp_path: Path
) -> None:
    """Each block has its time to go; what fits into the system's buffers is a few MB."""
    large = tmp_path / "large"
    with large.open("wb") as sparse:
        sparse.truncate(64 << 20)

    def deaf(exchange: Exchange) -> None:
        exchange.wait_for_the_end()

    asked = proxy.on("PUT", deaf, times=2)
    limits = replace(QUICK, stall=0.5, answer=600, attempts=2, total=600)
    began = time.monotonic()
    with pytest.raises(StoreError, match=r"in time|connection .* broke"):
        WebDavStore(f"http://127.0.0.1:{proxy.port}/backups", CREDENTIALS, limits).put(large, NAME)
    assert time.monotonic() - began < 50  # the proxy itself would end each of the two after 30 s
    while asked.left:  # whoever was given up so soon may not have been heard yet
        time.sleep(0.01)
