"""When the network or the server fails while bundles are read, listed or deleted."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from backuptool.errors import StoreError
from backuptool.stores.webdav import WebDavStore
from tests.contracts.store import NAME
from tests.stores.faults import answer_cut_after, lost, rewritten, stalled, status, swallowed, without_range
from tests.stores.faulty_proxy import Answer, Exchange, Fault, FaultyProxy
from tests.stores.places import Folder


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


def test_a_listing_of_400_bundles_is_one_request(store: WebDavStore, proxy: FaultyProxy, place: Folder) -> None:
    for number in range(400):
        place.write(f"broker_db1_2026-11-23T02{number // 60:02}{number % 60:02}Z.tar", b"x")
    assert len(store.list()) == 400
    assert proxy.methods() == ["PROPFIND"]
