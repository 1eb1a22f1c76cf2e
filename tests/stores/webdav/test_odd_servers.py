"""Servers that answer what no server should: read all the same, or an error in one line."""

from __future__ import annotations

import gzip
from collections.abc import Iterator

import pytest

from backuptool.errors import StoreError
from backuptool.stores.names import upload_name
from backuptool.stores.webdav.store import WebDavStore
from tests.contracts.store import NAME
from tests.stores.webdav.conftest import QUICK
from tests.stores.webdav.saying import FILE, SIZE, answer, listing, saying


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


def test_a_page_in_place_of_a_listing_is_said() -> None:
    """Of a single sign-on, a hotel's network, or a web server that shows its start page whatever it is asked."""
    page = b"<!DOCTYPE html><html><body>Log in</body></html>"
    with (
        saying(lambda: iter([answer(200, "Content-Type: text/html", body=page)])) as store,
        pytest.raises(StoreError, match=r"answered with a page") as caught,
    ):
        store.list()
    assert "login" in caught.value.hint
    assert "WebDAV folder" in caught.value.hint


@pytest.mark.parametrize("before", [b"\n", b"\r\n \t\n", b"\xef\xbb\xbf"])
def test_what_stands_before_a_listing_keeps_nobody_from_reading_it(before: bytes) -> None:
    """An empty line of a PHP file that the server loads, or a byte order mark."""
    body = before + listing(FILE % ("/a.tar", SIZE))
    with saying(lambda: iter([answer(207, body=body)])) as store:
        assert [one.name for one in store.list()] == ["a.tar"]


def test_a_listing_that_is_compressed_though_nobody_asked_is_said() -> None:
    body = gzip.compress(listing(FILE % ("/a.tar", SIZE)))
    with (
        saying(lambda: iter([answer(207, "Content-Encoding: gzip", body=body)])) as store,
        pytest.raises(StoreError, match="cannot be read") as caught,
    ):
        store.list()
    assert "gzip" in caught.value.hint


def test_a_child_under_another_name_of_the_folder_is_not_left_out() -> None:
    """Of an alias, say: the folder is listed as it was asked for, what is in it as the server calls it."""
    text = listing(FILE % ("/homes/ann/a.tar", SIZE)).replace(b"<D:href>/</D:href>", b"<D:href>/home/</D:href>")
    with saying(lambda: iter([answer(207, body=text)])) as root:
        store = WebDavStore(f"{root}home/", None, QUICK)
        with pytest.raises(StoreError, match="lists another path than its own"):
            store.list()


def test_a_file_under_another_name_than_it_was_asked_for_is_not_read() -> None:
    with (
        saying(lambda: iter([answer(207, body=listing(FILE % ("/other.tar", SIZE)))])) as store,
        pytest.raises(StoreError, match="lists another path than its own") as caught,
    ):
        next(store.open("a.tar"))
    assert "proxy" in caught.value.hint


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
        WebDavStore(f"{root}home/", None, QUICK).list()
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


@pytest.mark.parametrize("interim", ["102 Processing\r\n", "103 Early Hints\r\nLink: </a>\r\n", "100 Continue\r\n"])
def test_what_is_said_before_the_answer_is_not_taken_for_it(interim: str) -> None:
    said = f"HTTP/1.1 {interim}\r\n".encode() * 3 + answer(207, body=listing(FILE % ("/a.tar", SIZE)))
    with saying(lambda: iter([said])) as store:
        assert [one.name for one in store.list()] == ["a.tar"]
