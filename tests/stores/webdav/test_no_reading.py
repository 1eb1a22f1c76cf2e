"""A server that takes files and lets nobody read them: said as it is, and what nobody knows to be ours stays."""

from __future__ import annotations

from pathlib import Path

import pytest

from backuptool.errors import StoreError
from backuptool.stores import Proof
from backuptool.stores.webdav.store import WebDavStore
from tests.contracts.store import NAME
from tests.stores.davserver import CREDENTIALS
from tests.stores.faults import status
from tests.stores.faulty_proxy import Exchange, FaultyProxy
from tests.stores.places import Folder, is_stored
from tests.stores.webdav.conftest import QUICK


@pytest.mark.parametrize("verify", [None, "download"])
def test_a_file_that_nobody_may_read_back_is_said_and_removed(
    proxy: FaultyProxy, place: Folder, bundle: Path, verify: Proof | None
) -> None:
    """`the server forbids it` alone sounds as if the upload had been refused."""
    proxy.on("GET", status(403))
    store = WebDavStore(f"http://127.0.0.1:{proxy.port}/backups", CREDENTIALS, QUICK, verify=verify)
    with pytest.raises(StoreError, match=r"reading back what was stored: .*\(403\)") as caught:
        store.put(bundle, NAME)
    assert caught.value.hint == "check that this user may read and write there"
    assert place.names() == set()


def test_where_only_the_size_is_asked_for_nobody_has_to_read(proxy: FaultyProxy, place: Folder, bundle: Path) -> None:
    url = f"http://127.0.0.1:{proxy.port}/backups"
    assert WebDavStore(url, CREDENTIALS, QUICK, verify="size").put(bundle, NAME) == "size"
    assert is_stored(place, bundle)
    assert proxy.count("GET") == 0


def test_what_a_failed_rename_left_and_nobody_may_read_is_said(
    proxy: FaultyProxy, place: Folder, bundle: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """It may be another host's, which has its own backup of that name there: it stays."""

    def copies_a_part(exchange: Exchange) -> None:
        (place.path / NAME).write_bytes(bundle.read_bytes()[:1000])
        status(403)(exchange)

    proxy.on("MOVE", copies_a_part)
    proxy.on("GET", status(403))
    store = WebDavStore(f"http://127.0.0.1:{proxy.port}/backups", CREDENTIALS, QUICK, verify="size")
    with pytest.raises(StoreError, match="403"):
        store.put(bundle, NAME)
    assert place.names() == {NAME}
    assert f"what is under {NAME} may be a part of this backup, and stays" in caplog.text
