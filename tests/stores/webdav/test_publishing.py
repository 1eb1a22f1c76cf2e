"""The rename at the end of an upload: lost, refused, half done, taken by another."""

from __future__ import annotations

import hashlib
import os
import signal
from dataclasses import replace
from pathlib import Path

import pytest

from backuptool.errors import Interrupted, StoreError
from backuptool.interruption import listen
from backuptool.stores.webdav.store import WebDavStore
from tests.contracts.store import NAME
from tests.interrupting import listening
from tests.stores.davserver import CREDENTIALS
from tests.stores.faults import answer_cut_after, done_but, lost, rewritten, stalled, status, swallowed
from tests.stores.faulty_proxy import Answer, Exchange, Fault, FaultyProxy
from tests.stores.places import Folder, is_stored
from tests.stores.webdav.conftest import QUICK


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
    proxy.on("PROPFIND", fault, passing=2)  # the listing, the size
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


def test_what_a_server_copies_that_should_rename_is_not_left_beside_it(
    store: WebDavStore, proxy: FaultyProxy, place: Folder, bundle: Path
) -> None:
    def copies(exchange: Exchange) -> None:
        (source,) = place.path.iterdir()
        content = source.read_bytes()
        answer = exchange.forward(exchange.receive())
        source.write_bytes(content)
        exchange.answer(answer)

    proxy.on("MOVE", copies)
    store.put(bundle, NAME)
    assert is_stored(place, bundle)


def copied(place: Folder, then: Fault, kept: int | None = None) -> Fault:
    """The server copies `kept` bytes of what it should rename, which stays; `then` decides what it says, or whether."""

    def fault(exchange: Exchange) -> None:
        (source,) = (entry for entry in place.path.iterdir() if entry.name != NAME)
        if not (place.path / NAME).exists():
            (place.path / NAME).write_bytes(source.read_bytes()[:kept])
        then(exchange)

    return fault


@pytest.mark.parametrize("then", [lost, status(403), status(409), status(412), status(423), status(500), status(502)])
def test_a_rename_that_copies_all_and_then_fails_is_found_done(
    store: WebDavStore, proxy: FaultyProxy, place: Folder, bundle: Path, then: Fault
) -> None:
    """An error would leave a backup that nobody knows of."""
    rule = proxy.on("MOVE", copied(place, then), times=100_000)
    store.put(bundle, NAME)
    assert is_stored(place, bundle)
    assert rule.met
    proxy.forget()


@pytest.mark.parametrize("kept", [0, 1000, 300_000])
@pytest.mark.parametrize("then", [lost, status(403), status(423), status(500)])
def test_a_rename_that_copies_a_part_and_then_fails_leaves_nothing(
    store: WebDavStore, proxy: FaultyProxy, place: Folder, bundle: Path, then: Fault, kept: int
) -> None:
    rule = proxy.on("MOVE", copied(place, then, kept), times=100_000)
    with pytest.raises(StoreError):
        store.put(bundle, NAME)
    assert place.names() == set()
    assert rule.met
    proxy.forget()


def test_a_rename_that_fails_removes_nothing_of_others(
    store: WebDavStore, proxy: FaultyProxy, place: Folder, bundle: Path
) -> None:
    """Not even of the same size: another host may have the same name for a backup of the same second."""

    def theirs(exchange: Exchange) -> None:
        place.write(NAME, bytes(1_024_000))
        status(500)(exchange)

    proxy.on("MOVE", theirs, times=3)
    with pytest.raises(StoreError, match=r"internal error \(500\)"):
        store.put(bundle, NAME)
    assert place.names() == {NAME}
    assert (place.path / NAME).read_bytes() == bytes(1_024_000)


def like_a_bundle(seed: int, size: int = 500_000) -> bytes:
    """All begin with the same text; what follows has a salt."""
    return bytes(7000) + hashlib.shake_128(bytes([seed])).digest(size - 7000)


@pytest.fixture
def ours(tmp_path: Path) -> Path:
    path = tmp_path / "ours"
    path.write_bytes(like_a_bundle(1))
    return path


def takes_the_name(place: Folder, content: bytes) -> Fault:
    """Another host of this one's name, a copied machine say, is faster."""

    def written(answer: Answer) -> Answer:
        place.write(NAME, content)
        return answer

    return rewritten(written)


@pytest.mark.parametrize("content", [b"", like_a_bundle(2)[:5000], like_a_bundle(2)])
def test_another_hosts_backup_of_the_same_name_stays(
    store: WebDavStore, proxy: FaultyProxy, place: Folder, ours: Path, content: bytes
) -> None:
    proxy.on("PUT", takes_the_name(place, content))
    with pytest.raises(StoreError, match="exists already"):
        store.put(ours, NAME)
    assert (place.path / NAME).read_bytes() == content
    assert place.names() == {NAME}


@pytest.mark.parametrize("fault", [answer_cut_after(5000), lost, status(503), status(403)])
def test_another_hosts_backup_that_can_be_read_only_in_part_stays(
    store: WebDavStore, proxy: FaultyProxy, place: Folder, ours: Path, fault: Fault
) -> None:
    def fails(exchange: Exchange) -> None:
        place.write(NAME, like_a_bundle(2))
        status(500)(exchange)

    proxy.on("MOVE", fails, times=3)
    read = proxy.on("GET", fault, passing=1, times=100)  # the first reads back what was sent
    with pytest.raises(StoreError):
        store.put(ours, NAME)
    assert read.met
    proxy.forget()
    assert (place.path / NAME).read_bytes() == like_a_bundle(2)


def test_another_hosts_backup_of_the_same_size_is_not_taken_for_ours(
    store: WebDavStore, proxy: FaultyProxy, place: Folder, ours: Path
) -> None:
    """It has removed our upload, as one that its own earlier run has left."""

    def overtaken(exchange: Exchange) -> None:
        (source,) = place.path.iterdir()
        source.unlink()
        place.write(NAME, like_a_bundle(2))
        exchange.answer(exchange.forward(exchange.receive()))

    proxy.on("MOVE", overtaken)
    with pytest.raises(StoreError):
        store.put(ours, NAME)
    assert (place.path / NAME).read_bytes() == like_a_bundle(2)


def test_a_part_is_known_by_what_can_be_read_of_it(
    store: WebDavStore, proxy: FaultyProxy, place: Folder, ours: Path
) -> None:
    proxy.on("MOVE", copied(place, status(500)), times=3)
    proxy.on("GET", answer_cut_after(200_000), passing=1)
    proxy.on("GET", status(403), passing=1)
    with pytest.raises(StoreError):
        store.put(ours, NAME)
    assert place.names() == set()


def test_a_file_that_is_gone_when_its_rename_fails_is_an_error(
    store: WebDavStore, proxy: FaultyProxy, place: Folder, ours: Path
) -> None:
    def fails(exchange: Exchange) -> None:
        ours.unlink()
        place.write(NAME, b"theirs")
        status(403)(exchange)

    proxy.on("MOVE", fails)
    with pytest.raises(StoreError, match="forbids"):
        store.put(ours, NAME)
    assert place.names() == {NAME}


@pytest.mark.parametrize("kept", [1000, None, 0])
def test_a_signal_during_the_rename_leaves_nothing(
    proxy: FaultyProxy, place: Folder, bundle: Path, kept: int | None
) -> None:
    """Who is told that the run was ended finds no backup of it that no ledger knows."""

    def ended(exchange: Exchange) -> None:
        os.kill(os.getpid(), signal.SIGTERM)
        exchange.wait_for_the_end()

    store = WebDavStore(f"http://127.0.0.1:{proxy.port}/backups", CREDENTIALS, replace(QUICK, move=9))
    proxy.on("MOVE", copied(place, ended, kept))
    with listening():
        listen()
        with pytest.raises(Interrupted):
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


@pytest.mark.parametrize("total", [1, 3600])  # whatever the store says by itself, shorter or longer
def test_a_put_takes_no_more_than_the_seconds_it_is_given(proxy: FaultyProxy, bundle: Path, total: float) -> None:
    limits = replace(QUICK, total=total, metadata=9, move=9)
    store = WebDavStore(f"http://127.0.0.1:{proxy.port}/backups", CREDENTIALS, limits)
    proxy.on("MOVE", stalled)
    with pytest.raises(StoreError, match=r"not done within 1\.5 s"):
        store.put(bundle, NAME, 1.5)


@pytest.fixture
def hurried(proxy: FaultyProxy) -> WebDavStore:
    """Its time is over before any single wait is."""
    limits = replace(QUICK, total=1.5, metadata=9, move=9)
    return WebDavStore(f"http://127.0.0.1:{proxy.port}/backups", CREDENTIALS, limits)


def test_a_rename_that_is_done_when_the_time_is_over_is_found_done(
    hurried: WebDavStore, proxy: FaultyProxy, place: Folder, bundle: Path
) -> None:
    """An error would leave a backup that nobody knows of."""

    def done_too_late(exchange: Exchange) -> None:
        exchange.forward(exchange.receive())
        exchange.wait_for_the_end()

    proxy.on("MOVE", done_too_late)
    hurried.put(bundle, NAME)
    assert is_stored(place, bundle)


def test_a_rename_that_copies_all_when_the_time_is_over_is_found_done(
    hurried: WebDavStore, proxy: FaultyProxy, place: Folder, bundle: Path
) -> None:
    proxy.on("MOVE", copied(place, stalled))
    hurried.put(bundle, NAME)
    assert is_stored(place, bundle)


def test_a_rename_that_was_lost_when_the_time_is_over_leaves_nothing(
    hurried: WebDavStore, proxy: FaultyProxy, place: Folder, bundle: Path
) -> None:
    proxy.on("MOVE", stalled)
    with pytest.raises(StoreError, match="not done within"):
        hurried.put(bundle, NAME)
    assert place.names() == set()


def test_a_rename_that_is_not_confirmed_in_time_is_taken_back(
    hurried: WebDavStore, proxy: FaultyProxy, place: Folder, bundle: Path
) -> None:
    place.path.mkdir()
    proxy.on("PROPFIND", stalled, passing=2)  # the listing, the size
    with pytest.raises(StoreError, match="not done within"):
        hurried.put(bundle, NAME)
    assert proxy.count("MOVE") == 1
    assert place.names() == set()
