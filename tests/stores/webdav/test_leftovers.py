"""What uploads leave on a server: removed when it is ours, soon, and no obstacle."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from backuptool.errors import StoreError
from backuptool.stores.webdav.store import WebDavStore
from tests.contracts.store import LEFTOVER, NAME, OTHERS
from tests.stores.davserver import CREDENTIALS
from tests.stores.faults import done_but, stalled, status, swallowed
from tests.stores.faulty_proxy import Exchange, FaultyProxy
from tests.stores.places import Folder
from tests.stores.webdav.conftest import QUICK, Clock, too_late


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


def test_what_an_attempt_has_left_goes_when_the_server_deletes_again(
    store: WebDavStore, proxy: FaultyProxy, place: Folder, bundle: Path
) -> None:
    place.path.mkdir()
    proxy.on("PUT", done_but(500))
    proxy.on("DELETE", status(403), times=2)  # after the first attempt, before the second
    store.put(bundle, NAME)
    assert place.names() == {NAME}


def test_what_an_attempt_has_left_goes_though_the_next_fails_for_good(
    store: WebDavStore, proxy: FaultyProxy, place: Folder, bundle: Path
) -> None:
    place.path.mkdir()
    proxy.on("PUT", done_but(500))
    proxy.on("PUT", status(403))
    proxy.on("DELETE", status(403), times=2)
    with pytest.raises(StoreError, match="forbids"):
        store.put(bundle, NAME)
    assert place.names() == set()


def test_cleaning_up_where_nobody_answers_ends_soon(proxy: FaultyProxy, bundle: Path, clock: Clock) -> None:
    """Whoever interrupts a run waits for it, with further signals held back; systemd for 90 s."""
    limits = replace(QUICK, cleaning=1, metadata=600, attempts=30)
    store = WebDavStore(f"http://127.0.0.1:{proxy.port}/backups", CREDENTIALS, limits)

    def unanswered(exchange: Exchange) -> None:
        clock.passes(1)
        stalled(exchange)

    clock.stand()  # what is slow before it would be part of that second
    refused = proxy.on("PUT", status(403))
    gone = proxy.on("DELETE", unanswered, times=99)
    with pytest.raises(StoreError, match="forbids"):
        store.put(bundle, NAME)
    proxy.forget()
    assert refused.met == 1
    assert 1 <= gone.met <= 2  # of thirty attempts, each of 30 s


def test_what_is_left_is_removed_though_the_time_is_over(
    store: WebDavStore, proxy: FaultyProxy, place: Folder, bundle: Path, clock: Clock
) -> None:
    proxy.on("PUT", too_late(clock, swallowed))
    with pytest.raises(StoreError, match="not done within") as caught:
        store.put(bundle, NAME)
    assert "time_limit" in caught.value.hint
    assert place.names() == set()
