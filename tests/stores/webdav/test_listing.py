"""What a listing says, it says of all files and of no others; what is none is refused, before it fills the memory."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from backuptool.errors import StoreError
from backuptool.stores.webdav.limits import Limits
from backuptool.stores.webdav.listing import Entry, Unreadable, entries
from backuptool.stores.webdav.store import WebDavStore
from tests.contracts.store import NAME
from tests.stores.davserver import CREDENTIALS
from tests.stores.faults import rewritten, status
from tests.stores.faulty_proxy import Answer, FaultyProxy
from tests.stores.places import Folder
from tests.stores.webdav.conftest import QUICK

TOP = Path(__file__).parents[3]
URL = "http://dav.example/a/"
PROPSTAT = "<d:propstat><d:prop>%s</d:prop><d:status>HTTP/1.1 %s</d:status></d:propstat>"
LENGTH = "<d:getcontentlength>%d</d:getcontentlength>"
SIZE = 2 << 20
COLLECTION = "<d:resourcetype><d:collection/></d:resourcetype>"


def file(href: str, size: int = 5) -> str:
    return f"<d:response><d:href>{href}</d:href>{PROPSTAT % (LENGTH % size, '200 OK')}</d:response>"


def listing(*responses: str, before: str = "") -> bytes:
    head = f'<?xml version="1.0" encoding="utf-8"?>{before}<d:multistatus xmlns:d="DAV:">'
    return f"{head}{''.join(responses)}</d:multistatus>".encode()


def read(*responses: str) -> list[Entry]:
    return entries(listing(*responses), URL)


@pytest.mark.parametrize(
    "dtd",
    [
        "<!DOCTYPE d:multistatus>",
        '<!DOCTYPE d [<!ENTITY a "b">]>',
        '<!DOCTYPE d [<!ENTITY a "&b;&b;"><!ENTITY b "&c;&c;"><!ENTITY c "ha">]>',
        '<!DOCTYPE d [<!ENTITY a SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE d SYSTEM "http://elsewhere.example/x.dtd">',
    ],
)
def test_a_document_type_is_refused_whatever_it_declares(dtd: str) -> None:
    for href in ("/a/x.tar", "/a/&a;"):
        with pytest.raises(Unreadable, match="cannot be read"):
            entries(listing(file(href), before=dtd), URL)


def test_a_listing_that_the_server_cut_short_is_refused() -> None:
    """507 beside the files that it shows (RFC 4918, 11.5)."""
    cut = "<d:response><d:href>/a/</d:href><d:status>HTTP/1.1 507 Insufficient Storage</d:status></d:response>"
    with pytest.raises(Unreadable, match=r"incomplete listing \(HTTP/1.1 507") as caught:
        read(file("/a/x.tar"), cut)
    assert "fewer files" in caught.value.hint


def test_a_listing_with_a_child_that_may_not_be_seen_says_who_may_not() -> None:
    """Of whose it is nothing is known: to act on the rest would be to guess."""
    hidden = "<d:response><d:href>/a/y.tar</d:href><d:status>HTTP/1.1 403 Forbidden</d:status></d:response>"
    with pytest.raises(Unreadable, match=r"incomplete listing \(HTTP/1.1 403") as caught:
        read(file("/a/x.tar"), hidden)
    assert "this user" in caught.value.hint


@pytest.mark.parametrize("status", ["404 Not Found", "403 Forbidden", "500 no", "302 Found"])
def test_what_a_server_could_not_tell_does_not_count(status: str) -> None:
    wrong = PROPSTAT % (LENGTH % 7 + COLLECTION, status)
    right = PROPSTAT % (LENGTH % 5, "200 OK")
    for propstats in (wrong + right, right + wrong):
        (entry,) = read(f"<d:response><d:href>/a/x.tar</d:href>{propstats}</d:response>")
        assert (entry.size, entry.is_collection) == (5, False)
    (entry,) = read(f"<d:response><d:href>/a/x.tar</d:href>{wrong}</d:response>")
    assert (entry.size, entry.is_collection) == (None, False)


@pytest.mark.parametrize(
    ("href", "path"),
    [
        ("/a/x.tar#old", "/a/x.tar#old"),
        ("/a/x.tar?old", "/a/x.tar?old"),
        ("http://dav.example/a/x.tar?old#er", "/a/x.tar?old#er"),
        ("/a/x.tar%23old", "/a/x.tar#old"),
        ("/a/x.tar%3fold", "/a/x.tar?old"),
        ("x.tar", "/a/x.tar"),
    ],
)
def test_a_name_with_a_hash_or_a_question_mark_is_not_cut_there(href: str, path: str) -> None:
    """Or somebody's `BUNDLE.tar#old` counts as BUNDLE.tar."""
    assert [entry.path for entry in read(file(href))] == [path]


def test_names_of_other_bytes_than_utf_8_stay_apart() -> None:
    """Or two of anybody's in Latin-1 are one that is listed twice, and the whole listing is refused."""
    found = [entry.path for entry in read(file("/a/caf%E9.txt", 5), file("/a/caf%E8.txt", 6), file("/a/caf%C3%A9.txt"))]
    assert found == ["/a/caf\udce9.txt", "/a/caf\udce8.txt", "/a/café.txt"]


def test_a_file_that_is_listed_twice_counts_once() -> None:
    """Or it counts for two of those that are to be kept."""
    assert [entry.path for entry in read(file("/a/x.tar"), file("/a/y.tar"), file("/a/%78.tar"))] == [
        "/a/x.tar",
        "/a/y.tar",
    ]


def test_a_file_that_is_listed_twice_with_another_size_is_refused() -> None:
    with pytest.raises(Unreadable, match="twice"):
        read(file("/a/x.tar"), file("/a/x.tar", 6))


def test_a_folder_beside_a_file_of_its_name_is_no_contradiction() -> None:
    """As object stores can have them."""
    folder = f"<d:response><d:href>/a/x/</d:href>{PROPSTAT % (COLLECTION, '200 OK')}</d:response>"
    assert [entry.is_collection for entry in read(file("/a/x"), folder)] == [False, True]


def test_a_listing_that_is_too_long_is_refused(proxy: FaultyProxy, place: Folder) -> None:
    place.write(NAME, b"bundle")
    limits = replace(QUICK, listing=100_000)
    store = WebDavStore(f"http://127.0.0.1:{proxy.port}/backups", CREDENTIALS, limits)
    assert [stored.name for stored in store.list()] == [NAME]
    proxy.on("PROPFIND", rewritten(lambda answer: Answer(207, answer.headers, answer.body + b" " * 100_000)))
    with pytest.raises(StoreError, match="longer than 100000 bytes"):
        store.list()


OLD = "backup_2026_11_23T02_00_00.tar"


def test_only_files_of_ours_are_asked_for_a_length_that_the_listing_lacks(
    store: WebDavStore, proxy: FaultyProxy, place: Folder
) -> None:
    """One of anybody's that cannot be asked must not keep ours from being listed."""
    for name in (NAME, OLD, "notes.txt"):
        place.write(name, b"bundle")

    def lacking(answer: Answer) -> Answer:
        body = re.sub(rb"<(\w+:)?getcontentlength>\d+</(\w+:)?getcontentlength>", b"", answer.body)
        return Answer(207, answer.headers, body)

    proxy.on("PROPFIND", rewritten(lacking))
    proxy.on("HEAD", lambda exchange: exchange.go_on(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n"), times=2)
    assert [(stored.name, stored.size) for stored in store.list()] == [(OLD, 6), (NAME, 6), ("notes.txt", 0)]
    assert proxy.count("HEAD") == 2


def test_a_file_of_ours_whose_length_nobody_says_is_an_error(
    store: WebDavStore, proxy: FaultyProxy, place: Folder
) -> None:
    place.write(NAME, b"bundle")
    proxy.on("PROPFIND", rewritten(lambda answer: Answer(207, answer.headers, answer.body.replace(b"length>", b"x>"))))
    proxy.on("HEAD", status(403))
    with pytest.raises(StoreError, match="forbids"):
        store.list()


HOSTILE = """
from backuptool.stores.webdav.listing import Unreadable, entries
from tests.memory import peak
before = peak()
try:
    entries({head!r} + {junk!r} * ({size} // {length}) + {tail!r}, "http://dav.example/a/")
except Unreadable:
    pass
print(peak() - before)
"""


@pytest.mark.parametrize("junk", [b"<a/>", b"<a>", b"<d:response/>"])
@pytest.mark.parametrize("within", [b"", b"<d:response>"])
def test_a_hostile_listing_takes_little_more_memory_than_its_text(junk: bytes, within: bytes) -> None:
    """An element takes a hundred times its own."""
    head, tail = b'<d:multistatus xmlns:d="DAV:">' + within, within.replace(b"<", b"</") + b"</d:multistatus>"
    program = HOSTILE.format(head=head, junk=junk, length=len(junk), size=SIZE, tail=tail)
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=TOP)
    assert int(done.stdout) < 5 * SIZE >> 20  # MiB


def test_the_longest_listing_holds_what_anybody_keeps() -> None:
    assert 10_000 * 1000 <= Limits().listing <= 16 << 20
