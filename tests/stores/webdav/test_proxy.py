"""A store behind a proxy: the only way out of many networks. The host's name means nothing here but to the proxy."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from cheroot.ssl.builtin import BuiltinSSLAdapter

from backuptool.errors import StoreError, UsageError
from backuptool.stores.webdav.store import WebDavStore
from tests.contracts.store import NAME
from tests.stores.davserver import CREDENTIALS, Authentication, dav_server
from tests.stores.webdav.conftest import QUICK
from tests.stores.webdav.forward_proxy import forward_proxy
from tests.stores.webdav.test_tls import certified


@pytest.mark.parametrize("from_curl", [False, True])
def test_a_store_behind_a_proxy_gets_the_backup(root: Path, bundle: Path, from_curl: bool) -> None:
    with dav_server(root) as server, forward_proxy(server.port) as proxy:
        address = f"http://127.0.0.1:{proxy.port}"
        credentials = replace(CREDENTIALS, proxy=address) if from_curl else CREDENTIALS
        store = WebDavStore("http://cloud.invalid/backups", credentials, QUICK, proxy="" if from_curl else address)
        store.put(bundle, NAME)
        assert b"".join(store.open(NAME)) == bundle.read_bytes()
    assert "MOVE http://cloud.invalid/backups/" in "\n".join(proxy.seen)


def test_a_store_behind_a_proxy_is_reached_by_tls_from_end_to_end(root: Path, tmp_path: Path, bundle: Path) -> None:
    certificate, key = certified(tmp_path, "own")
    adapter = BuiltinSSLAdapter(str(certificate), str(key))
    with dav_server(root, "basic", tls=adapter) as server, forward_proxy(server.port) as proxy:
        address = f"http://127.0.0.1:{proxy.port}"
        store = WebDavStore("https://cloud.invalid/backups", CREDENTIALS, QUICK, ca_file=certificate, proxy=address)
        store.put(bundle, NAME)
        assert b"".join(store.open(NAME)) == bundle.read_bytes()
        assert set(proxy.seen) == {"CONNECT cloud.invalid:443"}
        stranger = certified(tmp_path, "other")[0]
        store = WebDavStore("https://cloud.invalid/backups", CREDENTIALS, QUICK, ca_file=stranger, proxy=address)
        with pytest.raises(StoreError, match="certificate cannot be verified"):
            store.list()


@pytest.mark.parametrize("authentication", ["basic", "digest"])
def test_a_proxy_never_reads_a_password(root: Path, authentication: Authentication) -> None:
    """Not even for a server on this machine, which would not need TLS without the proxy."""
    with dav_server(root, authentication) as server, forward_proxy(server.port) as proxy:
        store = WebDavStore(server.url, CREDENTIALS, QUICK, proxy=f"http://127.0.0.1:{proxy.port}")
        if authentication == "digest":
            assert store.list() == []
        else:
            with pytest.raises(StoreError, match="password in clear"):
                store.list()


@pytest.mark.parametrize(("code", "said"), [(403, "(403)"), (407, "(407)"), (502, "(502)")])
def test_a_proxy_that_refuses_is_named(code: int, said: str) -> None:
    with forward_proxy(1) as proxy:
        proxy.refusal = code
        limits = replace(QUICK, listing_patience=0)
        store = WebDavStore("https://cloud.invalid/x", CREDENTIALS, limits, proxy=f"http://127.0.0.1:{proxy.port}")
        with pytest.raises(StoreError, match=r"the proxy makes no connection to cloud\.invalid") as caught:
            store.list()
    assert said in caught.value.message
    assert caught.value.hint
    assert len(proxy.seen) == 1


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_proxy_that_is_away_is_named(scheme: str) -> None:
    with forward_proxy(1) as proxy:
        port = proxy.port
    store = WebDavStore(
        f"{scheme}://cloud.invalid/x", CREDENTIALS, replace(QUICK, listing_patience=0), proxy=f"http://127.0.0.1:{port}"
    )
    with pytest.raises(StoreError, match=r"the proxy to cloud\.invalid cannot be reached") as caught:
        store.list()
    assert "`proxy`" in caught.value.hint


@pytest.mark.parametrize("text", ["http://proxy:3128", "http://proxy:3128/", "proxy:3128", "http://[::1]:3128"])
def test_a_proxy_is_a_host_and_a_port(text: str) -> None:
    WebDavStore("https://x.example/", proxy=text)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("http://proxy", "no address with a host and a port"),
        ("http://", "no address"),
        ("http://pro xy:1", "no address"),
        ("http://proxy:99999", "no address"),
        ("http://ann:s3cret@proxy:3128", "proxy holds a user name or password"),
        ("ann:s3cret@proxy:3128", "proxy holds a user name or password"),
        ("https://proxy:3128", "not given as an http proxy"),
        ("socks5h://proxy:1080", "not given as an http proxy"),
        ("http://proxy:3128/path", "not given as an http proxy"),
    ],
)
def test_another_proxy_is_refused_when_the_store_is_opened(text: str, said: str) -> None:
    with pytest.raises(UsageError, match=said) as caught:
        WebDavStore("https://x.example/", proxy=text)
    assert "s3cret" not in caught.value.message
    assert caught.value.hint
