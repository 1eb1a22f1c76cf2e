"""An answer that comes in drops, stops or never ends is given up within the time that was given."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest

from backuptool.errors import StoreError
from backuptool.stores.webdav.store import WebDavStore
from tests.stores.webdav.conftest import QUICK, Clock
from tests.stores.webdav.saying import HURRIED, answer, listing, saying


def drops(content: bytes, over: threading.Event, size: int = 1) -> Iterator[bytes]:
    """So many bytes in a while: never so late that a single wait would end. It is over when all were said."""
    for start in range(0, len(content), size):
        if over.wait(0.2):
            return
        yield content[start : start + size]
    over.set()


@contextmanager
def given_up(over: threading.Event) -> Iterator[None]:
    """What is done here ends before the server has said all, whatever else the machine does; the server is told."""
    try:
        yield
        assert not over.is_set()
    finally:
        over.set()


@pytest.mark.parametrize("whole", [answer(207, body=listing("")), answer(207, body=b"")], ids=["body", "head"])
def test_an_answer_that_comes_in_drops_is_given_up_in_time(whole: bytes) -> None:
    over = threading.Event()
    head, _, body = whole.partition(b"\r\n\r\n")
    at_once, slowly = (head + b"\r\n\r\n", body) if body else (b"", head)

    def pieces() -> Iterator[bytes]:
        yield at_once
        yield from drops(slowly + bytes(1000), over)

    with saying(pieces, limits=HURRIED) as store, given_up(over), pytest.raises(StoreError):
        store.list()  # 1 s for all of it; all the drops take minutes


CHUNKED = b"HTTP/1.1 207 said\r\nTransfer-Encoding: chunked\r\n\r\n"


@pytest.mark.parametrize(
    ("at_once", "again", "through"),
    [
        (CHUNKED + b"1\r\nx\r\n0\r\n", b"a: b\r\n", False),
        (CHUNKED + b"1;", b"x", False),
        (b"HTTP/1.1 200 said\r\n", b"a: b\r\n", True),
        (b"HTTP/1.1 200 said", b"x", True),
    ],
    ids=["trailers", "a chunk's length", "a proxy's head", "a proxy's status"],
)
def test_what_the_libraries_read_without_a_clock_is_given_up_in_time(
    at_once: bytes, again: bytes, through: bool
) -> None:
    over = threading.Event()

    def pieces() -> Iterator[bytes]:
        yield at_once
        yield from drops(again * 300, over, len(again))

    with saying(pieces, limits=HURRIED) as there:
        proxied = WebDavStore("https://cloud.invalid/", None, HURRIED, proxy=str(there).rstrip("/"))
        store = proxied if through else there
        with given_up(over), pytest.raises(StoreError):  # 1 s for all of it; this takes minutes
            store.list()


@pytest.mark.parametrize("slowly", [False, True])
def test_a_challenge_whose_body_does_not_come_is_an_error_in_time(slowly: bool) -> None:
    """Cut, or in drops: of what asks for the password too."""
    over = threading.Event()

    def pieces() -> Iterator[bytes]:
        yield answer(401, 'WWW-Authenticate: Digest realm="r", nonce="n", qop="auth"', body=bytes(1000))[:-1000]
        yield from drops(bytes(1000), over) if slowly else ()

    with saying(pieces, password=True, limits=HURRIED) as store, given_up(over), pytest.raises(StoreError):
        store.list()  # 1 s for all of it; all the drops take minutes


def test_a_refusal_whose_reason_comes_in_drops_is_given_up_in_time(clock: Clock) -> None:
    over = threading.Event()

    def pieces() -> Iterator[bytes]:
        clock.passes(QUICK.total - 1)
        yield answer(400, body=bytes(100))[:-100]
        yield from drops(bytes(100), over)

    with (
        saying(pieces) as store,
        given_up(over),
        pytest.raises(StoreError, match=r"does not understand the request \(400\)"),
    ):
        store.list()  # 1 s is left for it; all the drops take 20


def test_a_refusal_whose_reason_never_comes_is_a_refusal() -> None:
    asked: list[int] = []

    def pieces() -> Iterator[bytes]:
        asked.append(1)
        yield answer(400, body=b"because")[:-7]

    with saying(pieces) as store, pytest.raises(StoreError, match=r"does not understand the request \(400\)"):
        store.list()
    assert len(asked) == 1


def test_a_limit_of_bodies_that_is_said_in_drops_is_not_waited_for() -> None:
    over = threading.Event()
    empty, limits = answer(207, body=listing("")), replace(QUICK, early=0.5)
    slow = saying(lambda: iter([empty]), to_put=lambda: drops(bytes(1000), over), limits=limits)
    with slow as store, given_up(over):
        store.check("a.tar", 65 << 20)  # half a second for the answer; all the drops take minutes


@pytest.mark.parametrize(
    "ask",
    [
        lambda store: store.list(),
        lambda store: store.now(),
        lambda store: store.check("a.tar", 5),
        lambda store: store.delete("a.tar"),
        lambda store: b"".join(store.open("a.tar")),
    ],
    ids=["list", "now", "check", "delete", "open"],
)
def test_a_question_gets_less_time_than_a_bundle(ask: Callable[[WebDavStore], object]) -> None:
    over = threading.Event()

    def pieces() -> Iterator[bytes]:
        yield answer(207, body=bytes(1000))[:-1000]
        yield from drops(bytes(1000), over)

    limits = replace(QUICK, total=3600, asking=1, patience=0.1, listing_patience=0.1)
    late = pytest.raises(StoreError, match="not done within")
    with saying(pieces, limits=limits) as store, given_up(over), late as caught:
        ask(store)  # all the drops take minutes
    assert "time_limit" not in caught.value.hint  # which raises nothing here


def test_a_server_that_never_stops_to_say_that_it_works_is_given_up_in_time() -> None:
    over = threading.Event()

    def pieces() -> Iterator[bytes]:
        working = b"HTTP/1.1 102 Processing\r\n\r\n"
        yield from drops(working * 300, over, len(working))

    with saying(pieces, limits=HURRIED) as store, given_up(over), pytest.raises(StoreError):
        store.list()
