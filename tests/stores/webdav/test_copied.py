"""A server that copies where it should rename, then fails; and another host's file of the same name, which stays."""

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
from tests.stores.faults import answer_cut_after, lost, rewritten, status
from tests.stores.faulty_proxy import Answer, Exchange, Fault, FaultyProxy
from tests.stores.places import Folder, is_stored
from tests.stores.webdav.conftest import QUICK, Clock, left_by_failing, too_late

LOCKED = status(423)


@pytest.fixture
def store(proxy: FaultyProxy, request: pytest.FixtureRequest) -> WebDavStore:
    """A file that is locked is asked for again as long as a MOVE may take: a second. Others get what they need."""
    case = getattr(request.node, "callspec", None)
    limits = replace(QUICK, move=1) if case and case.params.get("then") is LOCKED else QUICK
    return WebDavStore(f"http://127.0.0.1:{proxy.port}/backups", CREDENTIALS, limits)


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


@pytest.mark.parametrize("then", [lost, status(403), status(409), status(412), LOCKED, status(500), status(502)])
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
@pytest.mark.parametrize("then", [lost, status(403), LOCKED, status(500)])
def test_a_rename_that_copies_a_part_and_then_fails_leaves_nothing(
    store: WebDavStore, proxy: FaultyProxy, place: Folder, bundle: Path, then: Fault, kept: int
) -> None:
    rule = proxy.on("MOVE", copied(place, then, kept), times=100_000)
    assert left_by_failing(store, place, bundle) == set()
    assert rule.met
    proxy.forget()


def test_a_rename_that_copies_all_when_the_time_is_over_is_found_done(
    store: WebDavStore, proxy: FaultyProxy, place: Folder, bundle: Path, clock: Clock
) -> None:
    proxy.on("MOVE", copied(place, too_late(clock)))
    store.put(bundle, NAME)
    assert is_stored(place, bundle)


@pytest.mark.parametrize("kept", [1000, None, 0])
def test_a_signal_during_the_rename_leaves_nothing(
    proxy: FaultyProxy, place: Folder, bundle: Path, kept: int | None
) -> None:
    """Who is told that the run was ended finds no backup of it that no ledger knows."""

    def ended(exchange: Exchange) -> None:
        os.kill(os.getpid(), signal.SIGTERM)
        exchange.wait_for_the_end()

    store = WebDavStore(f"http://127.0.0.1:{proxy.port}/backups", CREDENTIALS, QUICK)
    proxy.on("MOVE", copied(place, ended, kept))
    with listening():
        listen()
        with pytest.raises(Interrupted):
            store.put(bundle, NAME)
    assert place.names() == set()


def overtaken(place: Folder, content: bytes, code: int) -> Fault:
    """Another host's file is there first; of our rename the server says `code`."""

    def fault(exchange: Exchange) -> None:
        place.write(NAME, content)
        status(code)(exchange)

    return fault


def test_a_rename_that_fails_removes_nothing_of_others(
    store: WebDavStore, proxy: FaultyProxy, place: Folder, bundle: Path
) -> None:
    """Not even of the same size: another host may have the same name for a backup of the same second."""
    proxy.on("MOVE", overtaken(place, bytes(1_024_000), 500), times=3)
    assert left_by_failing(store, place, bundle, r"internal error \(500\)") == {NAME}
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


def test_a_name_taken_during_the_upload_is_not_replaced(
    store: WebDavStore, proxy: FaultyProxy, place: Folder, bundle: Path
) -> None:
    proxy.on("PUT", takes_the_name(place, b"theirs"))
    assert left_by_failing(store, place, bundle, "exists already") == {NAME}
    assert (place.path / NAME).read_bytes() == b"theirs"


@pytest.mark.parametrize("content", [b"", like_a_bundle(2)[:5000], like_a_bundle(2)])
def test_another_hosts_backup_of_the_same_name_stays(
    store: WebDavStore, proxy: FaultyProxy, place: Folder, ours: Path, content: bytes
) -> None:
    proxy.on("PUT", takes_the_name(place, content))
    assert left_by_failing(store, place, ours, "exists already") == {NAME}
    assert (place.path / NAME).read_bytes() == content


@pytest.mark.parametrize("fault", [answer_cut_after(5000), lost, status(503), status(403)])
def test_another_hosts_backup_that_can_be_read_only_in_part_stays(
    store: WebDavStore, proxy: FaultyProxy, place: Folder, ours: Path, fault: Fault
) -> None:
    proxy.on("MOVE", overtaken(place, like_a_bundle(2), 500), times=3)
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

    def removed(exchange: Exchange) -> None:
        (source,) = place.path.iterdir()
        source.unlink()
        place.write(NAME, like_a_bundle(2))
        exchange.answer(exchange.forward(exchange.receive()))

    proxy.on("MOVE", removed)
    with pytest.raises(StoreError):
        store.put(ours, NAME)
    assert (place.path / NAME).read_bytes() == like_a_bundle(2)


def test_a_part_is_known_by_what_can_be_read_of_it(
    store: WebDavStore, proxy: FaultyProxy, place: Folder, ours: Path
) -> None:
    proxy.on("MOVE", copied(place, status(500)), times=3)
    proxy.on("GET", answer_cut_after(200_000), passing=1)
    proxy.on("GET", status(403), passing=1)
    assert left_by_failing(store, place, ours) == set()


def test_a_file_that_is_gone_when_its_rename_fails_is_an_error(
    store: WebDavStore, proxy: FaultyProxy, place: Folder, ours: Path
) -> None:
    def fails(exchange: Exchange) -> None:
        ours.unlink()
        overtaken(place, b"theirs", 403)(exchange)

    proxy.on("MOVE", fails)
    assert left_by_failing(store, place, ours, "does not let") == {NAME}
