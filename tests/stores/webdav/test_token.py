"""A bearer token goes to the server that it is for, and to nobody else."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from cheroot.ssl.builtin import BuiltinSSLAdapter

from backuptool.errors import StoreError
from backuptool.secret import Secret
from backuptool.stores.webdav.store import WebDavStore
from tests.contracts.store import NAME
from tests.stores.davserver import BEARER, TOKEN, DavServer, dav_server
from tests.stores.faults import status
from tests.stores.faulty_proxy import FaultyProxy, faulty_proxy
from tests.stores.webdav.conftest import QUICK
from tests.stores.webdav.forward_proxy import forward_proxy
from tests.stores.webdav.test_tls import certified


@pytest.fixture
def server(root: Path) -> Iterator[DavServer]:
    with dav_server(root, "bearer") as running:
        yield running


@pytest.fixture
def store(proxy: FaultyProxy) -> WebDavStore:
    return WebDavStore(f"http://127.0.0.1:{proxy.port}/backups", BEARER, QUICK)


def test_a_store_that_wants_a_token_gets_the_backup(store: WebDavStore, proxy: FaultyProxy, bundle: Path) -> None:
    store.put(bundle, NAME)
    assert b"".join(store.open(NAME)) == bundle.read_bytes()
    store.delete(NAME)
    assert store.list() == []
    assert {request.headers.get("authorization") for request in proxy.seen} == {f"Bearer {TOKEN}"}


def test_over_tls_too(root: Path, tmp_path: Path, bundle: Path) -> None:
    own = certified(tmp_path, "own")
    with dav_server(root, "bearer", tls=BuiltinSSLAdapter(*map(str, own))) as server:
        store = WebDavStore(f"{server.url}backups", BEARER, QUICK, ca_file=own[0])
        store.put(bundle, NAME)
        assert [stored.name for stored in store.list()] == [NAME]


def test_a_token_that_is_refused_is_said_at_once_and_not_tried_again(
    store: WebDavStore, proxy: FaultyProxy, bundle: Path
) -> None:
    store = WebDavStore(f"http://127.0.0.1:{proxy.port}/backups", replace(BEARER, password=Secret(b"expired")), QUICK)
    with pytest.raises(StoreError, match=r"the server refuses the token \(401\)") as caught:
        store.put(bundle, NAME)
    assert "token_file" in caught.value.hint
    assert len(proxy.seen) == 1
    assert "expired" not in caught.value.message


def test_a_token_that_expires_while_a_backup_is_sent_leaves_no_file(
    store: WebDavStore, proxy: FaultyProxy, bundle: Path, root: Path
) -> None:
    proxy.on("PUT", status(401, ("WWW-Authenticate", 'Bearer error="invalid_token"')))
    with pytest.raises(StoreError, match="the server refuses the token"):
        store.put(bundle, NAME)
    assert proxy.count("PUT") == 1
    assert list((root / "backups").iterdir()) == []


def test_a_token_is_never_sent_in_clear() -> None:
    """Not even for a server on this machine when a proxy is on the way; the positive control is above."""
    with forward_proxy(1) as proxy:
        address = f"http://127.0.0.1:{proxy.port}"
        for url, through in (("http://cloud.invalid/x", ""), ("http://127.0.0.1:1/x", address)):
            with pytest.raises(StoreError, match="a token is never sent over plain http") as caught:
                WebDavStore(url, BEARER, QUICK, proxy=through).list()
            assert "https" in caught.value.hint
        assert proxy.seen == []


@pytest.mark.parametrize("method", ["PUT", "MOVE", "PROPFIND", "GET"])
@pytest.mark.parametrize("code", [301, 302, 307])
def test_a_redirect_is_not_followed_with_a_token(
    store: WebDavStore, proxy: FaultyProxy, server: DavServer, bundle: Path, method: str, code: int
) -> None:
    with faulty_proxy(server.port) as elsewhere:
        target = f"http://127.0.0.1:{elsewhere.port}/backups"
        proxy.on(method, status(code, ("Location", target)))
        with pytest.raises(StoreError, match=rf"redirects to '{target}' \({code}\)"):
            store.put(bundle, NAME)
        assert elsewhere.seen == []


def test_a_token_is_never_printed(store: WebDavStore) -> None:
    assert TOKEN not in f"{BEARER} {BEARER!r} {store} {store!r}"
