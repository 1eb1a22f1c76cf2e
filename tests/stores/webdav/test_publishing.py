"""The rename at the end of an upload: lost, refused, half done, not done in time."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from backuptool.errors import StoreError
from backuptool.stores.webdav.store import WebDavStore
from tests.contracts.store import NAME
from tests.stores.davserver import CREDENTIALS
from tests.stores.faults import done_but, lost, rewritten, stalled, status, swallowed
from tests.stores.faulty_proxy import Answer, Exchange, Fault, FaultyProxy
from tests.stores.places import Folder, is_stored
from tests.stores.webdav.conftest import QUICK, Clock, left_by_failing, too_late


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


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("fault", [lost, stalled, status(503), status(423), status(502)])
def test_a_rename_that_was_lost_is_sent_again(
    store: WebDavStore, proxy: FaultyProxy, place: Folder, bundle: Path, fault: Fault
) -> None:
    proxy.on("MOVE", fault)
    store.put(bundle, NAME)
    assert is_stored(place, bundle)
    assert proxy.count("MOVE") == 2


@pytest.mark.parametrize("code", [403, 405, 501])
def test_a_server_that_takes_files_and_renames_none_is_said_to_do_that(
    store: WebDavStore, proxy: FaultyProxy, place: Folder, bundle: Path, code: int
) -> None:
    """As nginx does, whose dav_methods lack MOVE: neither its url is wrong, nor may this user not write."""
    place.path.mkdir()
    proxy.on("MOVE", status(code))
    with pytest.raises(StoreError, match=rf"does not let it be renamed \({code}\)") as caught:
        store.put(bundle, NAME)
    assert "dav_methods" in caught.value.hint
    assert (proxy.count("MOVE"), place.names()) == (1, set())


def test_a_locked_rename_is_asked_for_more_often_than_other_failures(
    store: WebDavStore, proxy: FaultyProxy, place: Folder, bundle: Path
) -> None:
    proxy.on("MOVE", status(423), times=8)
    store.put(bundle, NAME)
    assert is_stored(place, bundle)


def refusing(code: int, prefix: str) -> Fault:
    """A MOVE whose Destination begins so is answered `code`."""

    def fault(exchange: Exchange) -> None:
        if exchange.headers["destination"].startswith(prefix):
            status(code)(exchange)
        else:
            exchange.answer(exchange.forward(exchange.receive()))

    return fault


@pytest.mark.parametrize("code", [400, 502])
def test_a_server_that_another_name_hides_from_itself_is_told_the_path_alone(
    store: WebDavStore, proxy: FaultyProxy, place: Folder, bundle: Path, code: int
) -> None:
    """Behind a proxy that ends TLS, or gives it another Host: nginx says 400, the others 502."""
    proxy.on("MOVE", refusing(code, "http://"), times=2)
    store.put(bundle, NAME)
    assert is_stored(place, bundle)
    assert [request.headers["destination"] for request in proxy.seen if request.method == "MOVE"][1:] == [
        f"/backups/{NAME}"
    ]


def test_a_bad_gateway_is_overcome_where_no_path_is_taken(
    store: WebDavStore, proxy: FaultyProxy, place: Folder, bundle: Path
) -> None:
    """Apache wants a whole address, and the backend may have been away for a moment."""
    proxy.on("MOVE", status(502))
    proxy.on("MOVE", refusing(400, "/"), times=2)
    store.put(bundle, NAME)
    assert is_stored(place, bundle)


@pytest.mark.parametrize("code", [400, 502])
def test_a_rename_that_is_always_for_another_server_points_at_the_proxy(
    store: WebDavStore, proxy: FaultyProxy, place: Folder, bundle: Path, code: int
) -> None:
    proxy.on("MOVE", status(code), times=3)
    with pytest.raises(StoreError, match=rf"could not rename it \({code}\)") as caught:
        store.put(bundle, NAME)
    assert "Destination" in caught.value.hint
    assert place.names() == set()


@pytest.mark.parametrize("kept", [0, 1000])
def test_a_rename_that_loses_bytes_is_taken_back(
    store: WebDavStore, proxy: FaultyProxy, place: Folder, bundle: Path, kept: int
) -> None:
    def cuts(answer: Answer) -> Answer:
        (place.path / NAME).write_bytes(bundle.read_bytes()[:kept])
        return answer

    proxy.on("MOVE", rewritten(cuts))
    assert left_by_failing(store, place, bundle, "not there in full") == set()


def test_a_rename_is_sent_as_servers_need_it(store: WebDavStore, proxy: FaultyProxy, bundle: Path) -> None:
    """Nextcloud makes a 0-byte file of a MOVE with `Content-Length: 0`, and wants the length in OC-Total-Length."""
    store.put(bundle, NAME)
    (move,) = [request for request in proxy.seen if request.method == "MOVE"]
    assert "content-length" not in move.headers
    assert "transfer-encoding" not in move.headers
    assert move.headers["overwrite"] == "F"
    assert move.headers["oc-total-length"] == "1024000"
    assert move.headers["destination"] == f"http://127.0.0.1:{proxy.port}/backups/{NAME.replace(':', '%3A')}"


@pytest.mark.parametrize("total", [0.5, 3600])  # whatever the store says by itself, shorter or longer
def test_a_put_takes_no_more_than_the_seconds_it_is_given(
    proxy: FaultyProxy, bundle: Path, clock: Clock, total: float
) -> None:
    def unanswered(exchange: Exchange) -> None:
        clock.passes(1)
        stalled(exchange)

    clock.stand()  # what is slow before it would be part of the second
    store = WebDavStore(f"http://127.0.0.1:{proxy.port}/backups", CREDENTIALS, replace(QUICK, total=total))
    proxy.on("PROPFIND", unanswered, anybody=True)
    with pytest.raises(StoreError, match=r"not done within 1 s"):
        store.put(bundle, NAME, 1)


def test_a_rename_that_is_done_when_the_time_is_over_is_found_done(
    store: WebDavStore, proxy: FaultyProxy, place: Folder, bundle: Path, clock: Clock
) -> None:
    """An error would leave a backup that nobody knows of."""
    proxy.on("MOVE", too_late(clock, swallowed))
    store.put(bundle, NAME)
    assert is_stored(place, bundle)


def test_a_rename_that_was_lost_when_the_time_is_over_leaves_nothing(
    store: WebDavStore, proxy: FaultyProxy, place: Folder, bundle: Path, clock: Clock
) -> None:
    proxy.on("MOVE", too_late(clock))
    assert left_by_failing(store, place, bundle, "not done within") == set()


def test_a_rename_that_is_not_confirmed_in_time_is_taken_back(
    store: WebDavStore, proxy: FaultyProxy, place: Folder, bundle: Path, clock: Clock
) -> None:
    place.path.mkdir()
    proxy.on("PROPFIND", too_late(clock), passing=2)  # the listing, the size
    assert left_by_failing(store, place, bundle, "not done within") == set()
    assert proxy.count("MOVE") == 1
