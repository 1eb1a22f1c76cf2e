"""When the network or the server fails while bundles are read, listed or deleted."""

from __future__ import annotations

import os
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest

from backuptool.errors import StoreError
from backuptool.stores.webdav.address import Address
from backuptool.stores.webdav.download import Download
from backuptool.stores.webdav.limits import Deadline
from backuptool.stores.webdav.session import Session
from backuptool.stores.webdav.store import WebDavStore
from backuptool.stores.webdav.transport import trust
from tests.contracts.store import NAME
from tests.stores.davserver import CREDENTIALS
from tests.stores.faults import answer_cut_after, lost, rewritten, stalled, status, swallowed, without_range
from tests.stores.faulty_proxy import Answer, Exchange, Fault, FaultyProxy
from tests.stores.places import Folder
from tests.stores.webdav.conftest import QUICK, Clock


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


class Renewed(Deadline):
    """Tells how often it began anew."""

    def __init__(self) -> None:
        super().__init__(QUICK.total, "reading")
        self.renewals = threading.Semaphore(1)  # it began once

    def renew(self) -> None:
        """As ever."""
        super().renew()
        self.renewals.release()


@pytest.mark.parametrize("fault", [None, without_range])
def test_reading_may_take_longer_than_any_limit_while_it_goes_on(
    proxy: FaultyProxy, place: Folder, clock: Clock, fault: Fault | None
) -> None:
    """Whoever restores over a slow line has no key to raise; who stalls is given up all the same."""
    content = os.urandom(6 << 20)
    place.write(NAME, content)
    deadline, slow = Renewed(), []

    def slowly(exchange: Exchange) -> None:
        answer = exchange.forward(exchange.receive(), without=("range",) if fault else ())
        exchange.begin(answer)
        for start in range(0, len(answer.body), 1 << 20):
            assert deadline.renewals.acquire(timeout=60)
            clock.passes(0.7 * QUICK.total)
            slow.append(start)
            exchange.go_on(answer.body[start : start + (1 << 20)])

    proxy.on("GET", slowly)
    address, start = Address.parse(f"http://127.0.0.1:{proxy.port}/backups"), (6 << 20) - 5 if fault else 0
    with Session(address, CREDENTIALS, QUICK.for_reading(), "reading", trust(None)) as session:
        session.deadline = deadline
        assert b"".join(Download(session, NAME, len(content), start)) == content[start:]
    assert len(slow) == 6  # in one go


def test_a_reader_may_take_its_time(store: WebDavStore, place: Folder, clock: Clock) -> None:
    place.write(NAME, bytes(3 << 20))
    blocks = store.open(NAME)
    assert len(next(blocks)) == 1 << 20
    clock.strike()
    assert len(b"".join(blocks)) == 2 << 20


def test_a_file_that_stops_to_come_is_given_up(
    store: WebDavStore, proxy: FaultyProxy, place: Folder, bundle: Path, clock: Clock
) -> None:
    """A byte in a while keeps each single wait short."""
    sent = []

    def in_drops(exchange: Exchange) -> None:
        answer = exchange.forward(exchange.receive())
        clock.passes(QUICK.total - 0.5)
        exchange.begin(answer)
        for start in range(100):
            exchange.pause(0.2)
            exchange.go_on(answer.body[start : start + 1])
            sent.append(start)

    place.write(NAME, bundle.read_bytes())
    proxy.on("GET", in_drops)
    with pytest.raises(StoreError, match="not done within 300 s"):
        b"".join(store.open(NAME))
    assert len(sent) < 100  # half a second was left


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


@pytest.mark.usefixtures("impatient")
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


def test_a_deletion_that_takes_a_moment_is_waited_for(store: WebDavStore, proxy: FaultyProxy, place: Folder) -> None:
    """202: accepted, and done after the next look."""
    place.write(NAME, b"bundle")

    def once_more(looking: Exchange) -> None:
        answer = looking.forward(looking.receive())
        (place.path / NAME).unlink()
        looking.answer(answer)

    def accepted(deleting: Exchange) -> None:
        proxy.on("PROPFIND", once_more, part=NAME)
        status(202)(deleting)

    proxy.on("DELETE", accepted)
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


def test_a_listing_of_400_bundles_is_one_request(store: WebDavStore, proxy: FaultyProxy, place: Folder) -> None:
    for number in range(400):
        place.write(f"broker_db1_2026-11-23T02{number // 60:02}{number % 60:02}Z.tar", b"x")
    assert len(store.list()) == 400
    assert proxy.methods() == ["PROPFIND"]
