"""When the network or the server fails while a bundle is sent."""

from __future__ import annotations

from pathlib import Path

import pytest

from backuptool.errors import StoreError
from backuptool.stores.webdav.store import WebDavStore
from tests.contracts.store import LEFTOVER, NAME
from tests.stores.faults import cut_after, flipped, lost, rewritten, shortened, stalled, status, swallowed
from tests.stores.faulty_proxy import Answer, Fault, FaultyProxy
from tests.stores.places import Folder, is_stored

STALE = ("WWW-Authenticate", 'Digest realm="/", nonce="x", qop="auth", stale=true')


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("fault", [cut_after(300_000), cut_after(0), swallowed, lost, stalled, shortened(300_000)])
def test_an_upload_that_breaks_is_sent_again_under_a_new_name(
    store: WebDavStore, proxy: FaultyProxy, place: Folder, bundle: Path, fault: Fault
) -> None:
    proxy.on("PUT", fault)
    store.put(bundle, NAME)
    assert is_stored(place, bundle)
    assert len({request.path for request in proxy.seen if request.method == "PUT"}) == 2


@pytest.mark.parametrize("code", [408, 425, 429, 500, 502, 503, 504, 509, 520, 524])
def test_a_server_that_is_busy_twice_gets_the_file_in_the_end(
    store: WebDavStore, proxy: FaultyProxy, place: Folder, bundle: Path, code: int
) -> None:
    proxy.on("PUT", status(code, ("Retry-After", "3600")), times=2)
    store.put(bundle, NAME)
    assert is_stored(place, bundle)


def test_a_body_that_nextcloud_got_in_part_is_sent_again(
    store: WebDavStore, proxy: FaultyProxy, place: Folder, bundle: Path
) -> None:
    proxy.on("PUT", status(400, body=b"<s:message>Expected filesize of 5 bytes but read 3</s:message>"))
    store.put(bundle, NAME)
    assert is_stored(place, bundle)


def test_a_nonce_that_went_stale_during_the_upload_is_refreshed(
    store: WebDavStore, proxy: FaultyProxy, place: Folder, bundle: Path
) -> None:
    proxy.on("PUT", status(401, STALE))
    store.put(bundle, NAME)
    assert is_stored(place, bundle)


@pytest.mark.parametrize("method", ["PROPFIND", "MOVE", "GET", "DELETE"])
def test_a_stale_nonce_is_refreshed_where_there_is_no_body(
    store: WebDavStore, proxy: FaultyProxy, place: Folder, bundle: Path, method: str
) -> None:
    place.write(LEFTOVER, b"half")
    proxy.on(method, rewritten(lambda _answer: Answer(401, [STALE])) if method == "PROPFIND" else status(401, STALE))
    store.put(bundle, NAME)
    assert is_stored(place, bundle)


@pytest.mark.parametrize(
    ("code", "said", "hint"),
    [
        (400, "does not understand", "url"),
        (401, "refuses the user name or password", "app password"),
        (403, "forbids", "this user may"),
        (405, "does not store the file", "full"),  # what servers written in Go say to a full disk
        (409, "does not store the file", "full"),  # Tomcat
        (411, "length", "proxy"),
        (413, "too large", "raise its limit"),
        (414, "too long", "shorter"),
        (415, "kind of file", "url"),
        (501, "does not speak WebDAV", "url"),
        (507, "is full", "free some space"),
        (418, "unexpected", "log"),
    ],
)
def test_what_a_person_must_fix_is_never_retried(
    store: WebDavStore, proxy: FaultyProxy, place: Folder, bundle: Path, code: int, said: str, hint: str
) -> None:
    proxy.on("PUT", status(code, ("WWW-Authenticate", 'Digest realm="/", nonce="x", qop="auth"')))
    with pytest.raises(StoreError, match=rf"{said}.*\({code}\)") as caught:
        store.put(bundle, NAME)
    assert hint in caught.value.hint
    assert proxy.count("PUT") == 1
    assert place.names() == set()


def test_a_lock_that_stays_is_not_a_server_that_is_down(store: WebDavStore, proxy: FaultyProxy, bundle: Path) -> None:
    proxy.on("PUT", status(423), times=3)
    with pytest.raises(StoreError, match="locked") as caught:
        store.put(bundle, NAME)
    assert "another client holds a lock" in caught.value.hint


def test_a_server_that_stays_away_is_given_up(
    store: WebDavStore, proxy: FaultyProxy, place: Folder, bundle: Path
) -> None:
    proxy.on("PUT", status(503), times=4)
    with pytest.raises(StoreError, match=r"busy.*\(503\)"):
        store.put(bundle, NAME)
    assert proxy.count("PUT") == 4
    assert place.names() == set()


@pytest.mark.parametrize("code", [423, 500])
def test_what_rarely_passes_is_tried_three_times(
    store: WebDavStore, proxy: FaultyProxy, bundle: Path, code: int
) -> None:
    proxy.on("PUT", status(code), times=3)
    with pytest.raises(StoreError, match=str(code)):
        store.put(bundle, NAME)
    assert proxy.count("PUT") == 3


def test_a_flipped_bit_is_never_published(store: WebDavStore, proxy: FaultyProxy, place: Folder, bundle: Path) -> None:
    proxy.on("PUT", flipped)
    with pytest.raises(StoreError, match="other bytes than were sent"):
        store.put(bundle, NAME)
    assert proxy.count("MOVE") == 0
    assert place.names() == set()


@pytest.mark.parametrize("size", [0, 1, 999_999])
def test_a_file_that_is_always_stored_short_is_never_published(
    store: WebDavStore, proxy: FaultyProxy, place: Folder, bundle: Path, size: int
) -> None:
    proxy.on("PUT", shortened(size), times=3)
    with pytest.raises(StoreError, match=f"stored {size} of 1024000 bytes") as caught:
        store.put(bundle, NAME)
    assert "full" in caught.value.hint
    assert proxy.count("MOVE") == 0
    assert place.names() == set()


@pytest.mark.parametrize("method", ["PUT", "MOVE", "PROPFIND", "GET"])
@pytest.mark.parametrize("code", [301, 302, 303, 307, 308])
def test_a_redirect_is_refused_and_said(
    store: WebDavStore, proxy: FaultyProxy, place: Folder, bundle: Path, method: str, code: int
) -> None:
    proxy.on(method, status(code, ("Location", "https://bob:pw@elsewhere.example/login?token=t0ken#x")))
    with pytest.raises(StoreError, match=rf"redirects to 'https://elsewhere.example/login' \({code}\)") as caught:
        store.put(bundle, NAME)
    assert "t0ken" not in caught.value.message
    assert "final address" in caught.value.hint
    assert proxy.count(method) == 1
    assert place.names() == set()


@pytest.mark.parametrize(
    ("location", "shown"),
    [
        ("https://bob:pw@elsewhere.example/a//b", "https://elsewhere.example/a//b"),
        ("//bob:pw@elsewhere.example/a//b//", "//elsewhere.example/a//b//"),
        ("https://elsewhere.example//users/@ann", "https://elsewhere.example//users/@ann"),
        ("/a//b", "/a//b"),
        ("/users/bob@example.org/", "/users/bob@example.org/"),
        ("https:bob:pw@elsewhere.example/a", "https:elsewhere.example/a"),
        ("https:/bob:p@w@elsewhere.example/a@b", "https:/elsewhere.example/a@b"),
    ],
)
def test_where_a_redirect_points_is_said_without_a_password(
    store: WebDavStore, proxy: FaultyProxy, location: str, shown: str
) -> None:
    proxy.on("PROPFIND", status(302, ("Location", location)))
    with pytest.raises(StoreError, match=rf"redirects to '{shown}' \(302\)"):
        store.list()


@pytest.mark.parametrize(
    "page",
    [
        b"<center>The plain HTTP request was sent to HTTPS port</center>",  # nginx
        b"Reason: You're speaking plain HTTP to an SSL-enabled server port.<br />",  # Apache
        b"Client sent an HTTP request to an HTTPS server.\n",  # Go: rclone, Caddy
    ],
)
def test_a_port_that_speaks_tls_only_is_said(store: WebDavStore, proxy: FaultyProxy, page: bytes) -> None:
    proxy.on("PROPFIND", status(400, body=page), anybody=True)
    with pytest.raises(StoreError, match="speaks TLS there") as caught:
        store.list()
    assert "https" in caught.value.hint


@pytest.mark.parametrize("size", [0, 1, 1_024_000])
def test_a_body_goes_once_with_its_length_under_a_fresh_nonce(
    store: WebDavStore, proxy: FaultyProxy, bundle: Path, size: int
) -> None:
    bundle.write_bytes(bundle.read_bytes()[:size])
    store.put(bundle, NAME)
    (put,) = [request for request in proxy.seen if request.method == "PUT"]
    before = proxy.seen[proxy.seen.index(put) - 1]
    assert (before.method, before.headers.get("content-length", "0")) == ("PROPFIND", "0")
    assert put.headers["authorization"].startswith("Digest ")
    assert put.headers["content-length"] == str(size)
    assert not {"transfer-encoding", "content-range", "expect", "if-match", "if-none-match"} & put.headers.keys()
    assert len(put.body) == size
    assert put.headers["user-agent"].startswith("backuptool/")


def test_a_server_that_is_busy_for_a_moment_is_ready_for_a_large_file(store: WebDavStore, proxy: FaultyProxy) -> None:
    for passing in range(9):
        busy = proxy.on("PROPFIND", status(503), passing=passing, anybody=True)
        store.check(NAME, 65 << 20)
        if not busy.met:
            break
    else:
        pytest.fail("there are more questions than were disturbed")
    proxy.forget()
    assert passing > 2


@pytest.mark.parametrize("fault", [status(503), lost, swallowed])
def test_a_collection_whose_making_breaks_is_made(
    store: WebDavStore, proxy: FaultyProxy, place: Folder, bundle: Path, fault: Fault
) -> None:
    proxy.on("MKCOL", fault)
    store.put(bundle, NAME)
    assert is_stored(place, bundle)


def test_a_fault_may_let_requests_pass_first(proxy: FaultyProxy, store: WebDavStore, place: Folder) -> None:
    place.write(NAME, b"bundle")
    rule = proxy.on("PROPFIND", status(403), passing=1)
    assert [stored.name for stored in store.list()] == [NAME]
    assert (rule.left, rule.met) == (1, 0)
    with pytest.raises(StoreError, match="403"):
        store.list()
    assert (rule.left, rule.met) == (0, 1)


def test_a_fault_that_never_happened_is_told(proxy: FaultyProxy) -> None:
    """The control: a proxy knows which of its faults were never met."""
    proxy.on("BREW", lost)
    assert proxy.unmet()
    proxy.forget()
