"""When the network or the server fails during an upload."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from backuptool.errors import StoreError
from backuptool.stores.webdav import WebDavStore
from tests.contracts.store import LEFTOVER, NAME, OTHERS
from tests.stores.davserver import CREDENTIALS
from tests.stores.faults import (
    Answer,
    Exchange,
    Fault,
    FaultyProxy,
    answer_cut_after,
    cut_after,
    done_but,
    flipped,
    lost,
    rewritten,
    shortened,
    stalled,
    status,
    swallowed,
    without_range,
)
from tests.stores.places import Folder
from tests.stores.webdav.conftest import QUICK

STALE = ("WWW-Authenticate", 'Digest realm="/", nonce="x", qop="auth", stale=true')


def is_stored(place: Folder, bundle: Path) -> bool:
    return place.names() == {NAME} and (place.path / NAME).read_bytes() == bundle.read_bytes()


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
        (405, "does not speak WebDAV", "url"),
        (409, "parent folder does not exist", "make it"),
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
    with pytest.raises(StoreError, match=f"stored {size} of 1024000 bytes"):
        store.put(bundle, NAME)
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
    "fault", [swallowed, done_but(504), done_but(500), done_but(502), done_but(423), done_but(412)]
)
def test_a_rename_whose_answer_is_lost_is_found_done(
    store: WebDavStore, proxy: FaultyProxy, place: Folder, bundle: Path, fault: Fault
) -> None:
    proxy.on("MOVE", fault)
    store.put(bundle, NAME)
    assert is_stored(place, bundle)
    assert proxy.count("MOVE") == 1


@pytest.mark.parametrize("code", [401, 403, 409, 413, 507])
def test_a_rename_that_was_done_but_refused_is_found_done(
    store: WebDavStore, proxy: FaultyProxy, place: Folder, bundle: Path, code: int
) -> None:
    """Something in front answered in the server's place: an error would leave a backup that nobody knows of."""
    proxy.on("MOVE", done_but(code))
    store.put(bundle, NAME)
    assert is_stored(place, bundle)
    assert proxy.count("MOVE") == 1


@pytest.mark.parametrize(
    "fault", [status(403), status(404), status(302), rewritten(lambda answer: Answer(207, answer.headers, b"<"))]
)
def test_a_rename_that_cannot_be_confirmed_is_taken_back(
    store: WebDavStore, proxy: FaultyProxy, place: Folder, bundle: Path, fault: Fault
) -> None:
    place.path.mkdir()
    proxy.on("PROPFIND", fault, passing=3)  # the listing, the fresh nonce, the size
    with pytest.raises(StoreError) as caught:
        store.put(bundle, NAME)
    assert caught.value.hint
    assert proxy.count("MOVE") == 1
    assert place.names() == set()


@pytest.mark.parametrize("fault", [lost, stalled, status(503), status(423), status(502)])
def test_a_rename_that_was_lost_is_sent_again(
    store: WebDavStore, proxy: FaultyProxy, place: Folder, bundle: Path, fault: Fault
) -> None:
    proxy.on("MOVE", fault)
    store.put(bundle, NAME)
    assert is_stored(place, bundle)
    assert proxy.count("MOVE") == 2


def test_a_locked_rename_is_asked_for_more_often_than_other_failures(
    store: WebDavStore, proxy: FaultyProxy, place: Folder, bundle: Path
) -> None:
    proxy.on("MOVE", status(423), times=8)
    store.put(bundle, NAME)
    assert is_stored(place, bundle)


def test_two_bad_gateways_on_the_rename_point_at_the_proxy(
    store: WebDavStore, proxy: FaultyProxy, place: Folder, bundle: Path
) -> None:
    proxy.on("MOVE", status(502), times=2)
    with pytest.raises(StoreError, match="could not rename") as caught:
        store.put(bundle, NAME)
    assert "Destination" in caught.value.hint
    assert place.names() == set()


def test_a_name_taken_during_the_upload_is_not_replaced(
    store: WebDavStore, proxy: FaultyProxy, place: Folder, bundle: Path
) -> None:
    def takes_the_name(answer: Answer) -> Answer:
        place.write(NAME, b"theirs")
        return answer

    proxy.on("PUT", rewritten(takes_the_name))
    with pytest.raises(StoreError, match="exists already"):
        store.put(bundle, NAME)
    assert place.names() == {NAME}
    assert (place.path / NAME).read_bytes() == b"theirs"


@pytest.mark.parametrize("kept", [0, 1000])
def test_a_rename_that_loses_bytes_is_taken_back(
    store: WebDavStore, proxy: FaultyProxy, place: Folder, bundle: Path, kept: int
) -> None:
    def cuts(answer: Answer) -> Answer:
        (place.path / NAME).write_bytes(bundle.read_bytes()[:kept])
        return answer

    proxy.on("MOVE", rewritten(cuts))
    with pytest.raises(StoreError, match="not there in full"):
        store.put(bundle, NAME)
    assert place.names() == set()


def test_a_rename_is_sent_as_servers_need_it(store: WebDavStore, proxy: FaultyProxy, bundle: Path) -> None:
    """Nextcloud makes a 0-byte file of a MOVE with `Content-Length: 0`, and wants the length in OC-Total-Length."""
    store.put(bundle, NAME)
    (move,) = [request for request in proxy.seen if request.method == "MOVE"]
    assert "content-length" not in move.headers
    assert "transfer-encoding" not in move.headers
    assert move.headers["overwrite"] == "F"
    assert move.headers["oc-total-length"] == "1024000"
    assert move.headers["destination"] == f"http://127.0.0.1:{proxy.port}/backups/{NAME.replace(':', '%3A')}"


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


def test_own_leftovers_are_removed_and_no_others(
    store: WebDavStore, proxy: FaultyProxy, place: Folder, bundle: Path
) -> None:
    for name in (LEFTOVER, OTHERS, "notes.txt"):
        place.write(name, b"half")
    store.put(bundle, NAME)
    assert place.names() == {NAME, OTHERS, "notes.txt"}


def test_a_leftover_that_cannot_be_deleted_does_not_stop_the_backup(
    store: WebDavStore, proxy: FaultyProxy, place: Folder, bundle: Path, caplog: pytest.LogCaptureFixture
) -> None:
    place.write(LEFTOVER, b"half")
    proxy.on("DELETE", status(403))
    store.put(bundle, NAME)
    assert place.names() == {NAME, LEFTOVER}
    assert "forbids" in caplog.text


def test_cleaning_up_where_nobody_answers_ends_soon(proxy: FaultyProxy, bundle: Path) -> None:
    """Whoever interrupts a run waits for it, with further signals held back; systemd for 90 s."""
    store = WebDavStore(
        f"http://127.0.0.1:{proxy.port}/backups", CREDENTIALS, replace(QUICK, cleaning=1.5, attempts=30)
    )
    refused = proxy.on("PUT", status(403))
    gone = proxy.on("DELETE", stalled, times=99)
    began = time.monotonic()
    with pytest.raises(StoreError, match="forbids"):
        store.put(bundle, NAME)
    proxy.forget()
    assert refused.met == 1
    assert 1 <= gone.met <= 2  # of thirty attempts, each of 1 s
    assert time.monotonic() - began < 15


def test_what_is_left_is_removed_though_the_time_is_over(proxy: FaultyProxy, place: Folder, bundle: Path) -> None:
    def too_late(exchange: Exchange) -> None:
        exchange.forward(exchange.receive())
        exchange.wait_for_the_end()

    store = WebDavStore(f"http://127.0.0.1:{proxy.port}/backups", CREDENTIALS, replace(QUICK, total=1.5, answer=9))
    proxy.on("PUT", too_late)
    with pytest.raises(StoreError, match="not done within"):
        store.put(bundle, NAME)
    assert place.names() == set()


def test_a_server_that_is_busy_for_a_moment_is_ready_for_a_large_file(store: WebDavStore, proxy: FaultyProxy) -> None:
    for passing in range(5):
        busy = proxy.on("PROPFIND", status(503), passing=passing)
        store.check(NAME, 65 << 20)
        if not busy.met:
            break
    else:
        pytest.fail("there are more questions than were disturbed")
    proxy.forget()
    assert passing > 2


@pytest.mark.parametrize("start", [0, 5, 700_000])
@pytest.mark.parametrize("fault", [answer_cut_after(250_000), answer_cut_after(0), lost, status(503)])
def test_reading_goes_on_where_it_was_cut(
    store: WebDavStore, proxy: FaultyProxy, place: Folder, bundle: Path, start: int, fault: Fault
) -> None:
    place.write(NAME, bundle.read_bytes())
    proxy.on("GET", fault, times=2)
    assert b"".join(store.open(NAME, start)) == bundle.read_bytes()[start:]


def test_a_server_that_ignores_the_range_is_skipped_forward(
    store: WebDavStore, proxy: FaultyProxy, place: Folder, bundle: Path
) -> None:
    place.write(NAME, bundle.read_bytes())
    proxy.on("GET", without_range)
    assert b"".join(store.open(NAME, 700_001)) == bundle.read_bytes()[700_001:]


def test_a_cut_while_skipping_is_overcome(store: WebDavStore, proxy: FaultyProxy, place: Folder, bundle: Path) -> None:
    def ignored_and_cut(exchange: Exchange) -> None:
        exchange.answer(exchange.forward(exchange.receive(), without=("range",)), cut=300_000)

    place.write(NAME, bundle.read_bytes())
    proxy.on("GET", ignored_and_cut)
    assert b"".join(store.open(NAME, 700_001)) == bundle.read_bytes()[700_001:]


def test_a_file_that_ends_early_is_an_error(
    store: WebDavStore, proxy: FaultyProxy, place: Folder, bundle: Path
) -> None:
    place.write(NAME, bundle.read_bytes())
    proxy.on("GET", rewritten(lambda _: Answer(200, body=bundle.read_bytes()[:100])), times=3)
    with pytest.raises(StoreError, match="ends after 100 of 1024000 bytes"):
        b"".join(store.open(NAME))


def test_a_file_that_grew_is_an_error(store: WebDavStore, proxy: FaultyProxy, place: Folder, bundle: Path) -> None:
    place.write(NAME, bundle.read_bytes())
    proxy.on("GET", rewritten(lambda answer: Answer(200, body=answer.body + b"more")))
    with pytest.raises(StoreError, match="longer than 1024000 bytes"):
        b"".join(store.open(NAME))


@pytest.mark.parametrize("fault", [lost, stalled, swallowed, status(503), answer_cut_after(100)])
def test_a_listing_that_breaks_is_asked_for_again(
    store: WebDavStore, proxy: FaultyProxy, place: Folder, fault: Fault
) -> None:
    place.write(NAME, b"bundle")
    proxy.on("PROPFIND", fault)
    assert [stored.name for stored in store.list()] == [NAME]


def test_a_listing_that_is_cut_short_is_an_error(store: WebDavStore, proxy: FaultyProxy, place: Folder) -> None:
    """Never a shorter list: retention would count on it."""
    place.write(NAME, b"bundle")
    proxy.on("PROPFIND", rewritten(lambda answer: Answer(207, answer.headers, answer.body[:-20])))
    with pytest.raises(StoreError, match="cannot be read"):
        store.list()


def test_the_time_of_a_file_is_known(store: WebDavStore, place: Folder) -> None:
    place.write(NAME, b"bundle")
    (stored,) = store.list()
    assert stored.modified is not None
    assert abs((datetime.now(UTC) - stored.modified).total_seconds()) < 60


def test_a_deletion_whose_answer_is_lost_is_done(store: WebDavStore, proxy: FaultyProxy, place: Folder) -> None:
    place.write(NAME, b"bundle")
    proxy.on("DELETE", swallowed)
    store.delete(NAME)
    assert place.names() == set()


def test_a_folder_is_never_deleted(store: WebDavStore, proxy: FaultyProxy, place: Folder) -> None:
    """DELETE on a collection takes everything in it along."""
    place.path.mkdir()
    (place.path / NAME).mkdir()
    with pytest.raises(StoreError, match="is a folder"):
        store.delete(NAME)
    assert proxy.count("DELETE") == 0


def test_folders_are_not_listed(store: WebDavStore, place: Folder) -> None:
    place.path.mkdir()
    (place.path / "folder").mkdir()
    assert store.list() == []


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


def test_a_listing_of_400_bundles_is_one_request(store: WebDavStore, proxy: FaultyProxy, place: Folder) -> None:
    for number in range(400):
        place.write(f"broker_db1_2026-11-23T02{number // 60:02}{number % 60:02}Z.tar", b"x")
    assert len(store.list()) == 400
    assert proxy.methods() == ["PROPFIND"]
