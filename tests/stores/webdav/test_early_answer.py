"""Where the headers of a large PUT go before there is a body."""

from __future__ import annotations

from contextlib import suppress

import pytest

from backuptool.stores.webdav.address import Address
from backuptool.stores.webdav.preflight import Preflight
from backuptool.stores.webdav.session import Session
from backuptool.stores.webdav.transport import trust
from tests.contracts.store import NAME
from tests.stores.webdav.conftest import QUICK
from tests.stores.webdav.forward_proxy import forward_proxy


def preflight(url: str, proxy: str = "") -> Preflight:
    return Preflight(Session(Address.parse(url), None, QUICK, "looking", trust(None), proxy), NAME, 65 << 20)


@pytest.mark.parametrize(
    ("url", "host", "port"),
    [
        ("http://x.example/", "x.example", 80),
        ("https://x.example/", "x.example", 443),
        ("https://x.example:8443/", "x.example", 8443),
        ("http://[fd00::beef]/", "fd00::beef", 80),
        ("https://[2001:db8::10]/", "2001:db8::10", 443),
    ],
)
def test_they_go_to_the_stores_own_port(url: str, host: str, port: int) -> None:
    """http.client takes the end of a literal for a port where it is given none."""
    connection, _ = preflight(url)._connection(url)
    assert (connection.host, connection.port) == (host, port)


@pytest.mark.parametrize("literal", ["fd00::beef", "2001:db8::10"])
def test_a_proxy_is_asked_for_the_stores_own_port(literal: str) -> None:
    url = f"https://[{literal}]/"
    with forward_proxy(1) as proxy:
        connection, _ = preflight(url, f"http://127.0.0.1:{proxy.port}")._connection(url)
        with suppress(OSError):  # nobody is behind it
            connection.connect()
        connection.close()
    assert [line.replace("[", "").replace("]", "") for line in proxy.seen] == [f"CONNECT {literal}:443"]
