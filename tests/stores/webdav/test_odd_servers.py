"""Servers that answer what no server should: an error in one line, within the time that was given."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from socketserver import StreamRequestHandler, ThreadingTCPServer

import pytest

from backuptool.errors import StoreError
from backuptool.stores.names import upload_name
from backuptool.stores.webdav.limits import Limits
from backuptool.stores.webdav.store import WebDavStore
from tests.contracts.store import NAME
from tests.serving import serving
from tests.stores.davserver import CREDENTIALS
from tests.stores.webdav.conftest import QUICK

OWN = "<D:response><D:href>/</D:href><D:propstat><D:prop>%s</D:prop></D:propstat></D:response>"
COLLECTION = OWN % "<D:resourcetype><D:collection/></D:resourcetype>"
FILE = "<D:response><D:href>%s</D:href><D:propstat><D:prop>%s</D:prop></D:propstat></D:response>"
SIZE = "<D:getcontentlength>5</D:getcontentlength>"
HURRIED = replace(QUICK, total=3, asking=2)


def listing(entry: str, encoding: str = "utf-8") -> bytes:
    """A listing of a folder with `entry` in it."""
    head = f'<?xml version="1.0" encoding="{encoding}"?><D:multistatus xmlns:D="DAV:">'
    return f"{head}{COLLECTION}{entry}</D:multistatus>".encode()


def answer(status: int, *headers: str, body: bytes = b"") -> bytes:
    """An answer as it goes over the line."""
    lines = [f"HTTP/1.1 {status} said", *headers, f"Content-Length: {len(body)}", "Connection: close", "", ""]
    return "\r\n".join(lines).encode("latin-1") + body


@contextmanager
def saying(
    pieces: Callable[[], Iterator[bytes]],
    *,
    to_put: Callable[[], Iterator[bytes]] | None = None,
    password: bool = False,
    limits: Limits = HURRIED,
) -> Iterator[WebDavStore]:
    """A store on a server that says these `pieces` to every request, or others `to_put`, as long as anybody listens."""

    class Says(StreamRequestHandler):
        def handle(self) -> None:
            says = to_put if to_put and self.rfile.readline().startswith(b"PUT ") else pieces
            while self.rfile.readline().strip():
                pass
            with suppress(OSError):
                for piece in says():
                    self.wfile.write(piece)

    class Server(ThreadingTCPServer):
        daemon_threads = False

    with serving(Server(("127.0.0.1", 0), Says)) as port:
        yield WebDavStore(f"http://127.0.0.1:{port}/", CREDENTIALS if password else None, limits)


@pytest.mark.parametrize(
    "body",
    [
        listing(FILE % ("http://[x", SIZE)),
        listing(FILE % ("http://[::1/a.tar", SIZE)),
        listing(FILE % ("/a.tar", SIZE), encoding="x-nobody-knows"),
    ],
)
def test_a_listing_that_nobody_can_read_is_an_error(body: bytes) -> None:
    with (
        saying(lambda: iter([answer(207, body=body)])) as store,
        pytest.raises(StoreError, match=r"cannot be read") as caught,
    ):
        store.list()
    assert "WebDAV folder" in caught.value.hint


def test_a_child_under_another_name_of_the_folder_is_not_left_out() -> None:
    """Of an alias, say: the folder is listed as it was asked for, what is in it as the server calls it."""
    text = listing(FILE % ("/homes/ann/a.tar", SIZE)).replace(b"<D:href>/</D:href>", b"<D:href>/home/</D:href>")
    with saying(lambda: iter([answer(207, body=text)])) as root:
        store = WebDavStore(f"{root}home/", None, HURRIED)
        with pytest.raises(StoreError, match="lists another path than its own"):
            store.list()


@pytest.mark.parametrize(
    "entry",
    [
        FILE % (f"/home//{NAME}", SIZE),
        FILE % (f"/home/%2F{NAME}", SIZE),
        FILE % ("", SIZE),
        f"<D:response><D:propstat><D:prop>{SIZE}</D:prop></D:propstat></D:response>",
        f"<D:response><D:href>/home/</D:href><D:href>/home/{NAME}</D:href></D:response>",
    ],
    ids=["two slashes", "an encoded slash", "empty", "none", "two"],
)
def test_a_child_whose_name_cannot_be_told_is_not_left_out(entry: str) -> None:
    text = listing(entry).replace(b"<D:href>/</D:href>", b"<D:href>/home/</D:href>", 1)
    with saying(lambda: iter([answer(207, body=text)])) as root, pytest.raises(StoreError) as caught:
        WebDavStore(f"{root}home/", None, HURRIED).list()
    assert caught.value.hint


def test_an_unfinished_upload_that_nobody_measures_keeps_nobody_from_listing() -> None:
    """While it is processed, ownCloud Infinite Scale says 425 to a HEAD too."""
    left = listing(FILE % (f"/{upload_name(NAME)}", ""))
    with saying(lambda: iter([answer(207, body=left)])) as store:  # and to a HEAD no length either
        assert store.list() == []


def test_a_host_at_whose_root_two_slashes_begin_a_path_hides_nothing() -> None:
    with saying(lambda: iter([answer(207, body=listing(FILE % ("//a.tar", SIZE)))])) as store:
        assert [one.name for one in store.list()] == ["a.tar"]


@pytest.mark.parametrize("date", ["Fri, 31 Dec 9999 23:59:59 -0100", "Mon, 01 Jan 2024 00:00:00 -99999999999999"])
def test_a_time_that_no_clock_shows_is_as_good_as_none(date: str) -> None:
    body = listing(FILE % ("/a.tar", f"{SIZE}<D:getlastmodified>{date}</D:getlastmodified>"))
    with saying(lambda: iter([answer(207, f"Date: {date}", body=body)])) as store:
        assert [(one.name, one.modified) for one in store.list()] == [("a.tar", None)]
        assert store.now() is None


def test_a_time_to_wait_that_no_clock_shows_is_as_good_as_none() -> None:
    said = answer(503, "Retry-After: Mon, 01 Jan 2024 00:00:00 -99999999999999")
    with saying(lambda: iter([said])) as store, pytest.raises(StoreError, match=r"maintenance \(503\)"):
        store.list()


def test_a_redirect_to_what_is_no_address_is_refused_and_said() -> None:
    with (
        saying(lambda: iter([answer(302, "Location: //[x")])) as store,
        pytest.raises(StoreError, match=r"redirects to .*//\[x"),
    ):
        store.list()


@pytest.mark.parametrize(
    "challenge", ["Digest", 'Digest realm="r"', 'Digest nonce="n"', 'Digest realm="r", nonce="n", algorithm=SHA-9',
                  'Digest realm="r", nonce="n", qop="auth-int"'],
)  # fmt: skip
def test_a_digest_that_cannot_be_answered_is_no_wrong_password(challenge: str) -> None:
    said = answer(401, f"WWW-Authenticate: {challenge}")
    with (
        saying(lambda: iter([said]), password=True) as store,
        pytest.raises(StoreError, match="digest that is not known") as caught,
    ):
        store.list()
    assert "basic" in caught.value.hint


def drops(content: bytes, over: threading.Event) -> Iterator[bytes]:
    """A byte in a while: never so late that a single wait would end."""
    for byte in content:
        if over.wait(0.2):
            return
        yield bytes([byte])


@pytest.mark.parametrize("whole", [answer(207, body=listing("")), answer(207, body=b"")], ids=["body", "head"])
def test_an_answer_that_comes_in_drops_is_given_up_in_time(whole: bytes) -> None:
    over = threading.Event()
    head, _, body = whole.partition(b"\r\n\r\n")
    at_once, slowly = (head + b"\r\n\r\n", body) if body else (b"", head)

    def pieces() -> Iterator[bytes]:
        yield at_once
        yield from drops(slowly + bytes(1000), over)

    with saying(pieces) as store:
        began = time.monotonic()
        with pytest.raises(StoreError):
            store.list()
        took = time.monotonic() - began
        over.set()
    assert took < 30  # s: 3 for all of it, and one wait more; all the drops take minutes


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
        while not over.wait(0.1):
            yield again

    with saying(pieces) as there:
        proxied = WebDavStore("https://cloud.invalid/", None, HURRIED, proxy=str(there).rstrip("/"))
        store = proxied if through else there
        began = time.monotonic()
        with pytest.raises(StoreError):
            store.list()
        took = time.monotonic() - began
        over.set()
    assert took < 15  # s: 3 for all of it; this never ends


def test_a_challenge_is_read_no_further_than_it_can_be_long() -> None:
    """An end of a nonce with a body of 100 GB: requests would hold all of it."""
    said = []

    def pieces() -> Iterator[bytes]:
        yield b'HTTP/1.1 401 no\r\nWWW-Authenticate: Digest realm="r", nonce="n", qop="auth", stale=true\r\n'
        yield b"Content-Length: 100000000000\r\n\r\n"
        while True:
            yield bytes(1 << 20)
            said.append(1)

    with saying(pieces, password=True) as store, pytest.raises(StoreError):
        store.list()
    assert len(said) < 200  # MB that were sent, to nobody: what the system holds on the way


@pytest.mark.parametrize("slowly", [False, True])
def test_a_challenge_whose_body_does_not_come_is_an_error_in_time(slowly: bool) -> None:
    """Cut, or in drops: of what asks for the password too."""
    over = threading.Event()

    def pieces() -> Iterator[bytes]:
        yield answer(401, 'WWW-Authenticate: Digest realm="r", nonce="n", qop="auth"', body=bytes(1000))[:-1000]
        yield from drops(bytes(1000), over) if slowly else ()

    with saying(pieces, password=True) as store:
        began = time.monotonic()
        with pytest.raises(StoreError):
            store.list()
        took = time.monotonic() - began
        over.set()
    assert took < 15  # s: 3 for all of it; all the drops take minutes


def test_a_refusal_whose_reason_comes_in_drops_is_given_up_in_time() -> None:
    over = threading.Event()

    def pieces() -> Iterator[bytes]:
        yield answer(400, body=bytes(100))[:-100]
        yield from drops(bytes(100), over)

    with saying(pieces) as store:
        began = time.monotonic()
        with pytest.raises(StoreError, match=r"does not understand the request \(400\)"):
            store.list()
        took = time.monotonic() - began
        over.set()
    assert took < 12  # s: 3 for all of it; all the drops take 20


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
    with saying(lambda: iter([answer(207, body=listing(""))]), to_put=lambda: drops(bytes(1000), over)) as store:
        began = time.monotonic()
        store.check("a.tar", 65 << 20)
        took = time.monotonic() - began
        over.set()
    assert took < 15  # s: 2 for the answer; all the drops take minutes


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

    with saying(pieces, limits=replace(QUICK, total=3600, asking=1, patience=0.1, listing_patience=0.1)) as store:
        began = time.monotonic()
        with pytest.raises(StoreError, match="not done within") as caught:
            ask(store)
        took = time.monotonic() - began
        over.set()
    assert took < 20  # s; all the drops take minutes
    assert "time_limit" not in caught.value.hint  # which raises nothing here


@pytest.mark.parametrize("interim", ["102 Processing\r\n", "103 Early Hints\r\nLink: </a>\r\n", "100 Continue\r\n"])
def test_what_is_said_before_the_answer_is_not_taken_for_it(interim: str) -> None:
    said = f"HTTP/1.1 {interim}\r\n".encode() * 3 + answer(207, body=listing(FILE % ("/a.tar", SIZE)))
    with saying(lambda: iter([said])) as store:
        assert [one.name for one in store.list()] == ["a.tar"]


def test_a_server_that_never_stops_to_say_that_it_works_is_given_up_in_time() -> None:
    over = threading.Event()

    def pieces() -> Iterator[bytes]:
        while not over.wait(0.1):
            yield b"HTTP/1.1 102 Processing\r\n\r\n"

    with saying(pieces) as store:
        began = time.monotonic()
        with pytest.raises(StoreError):
            store.list()
        took = time.monotonic() - began
        over.set()
    assert took < 30
