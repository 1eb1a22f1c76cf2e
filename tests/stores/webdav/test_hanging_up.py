"""One thread ends what another one sends or waits for: whatever the other does meanwhile, that is no error."""

from __future__ import annotations

import socket
import sys
import threading
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from backuptool.stores.webdav.transport import hang_up, plain_session, trust


@pytest.fixture
def session() -> Iterator[requests.Session]:
    with plain_session(trust(None)) as made:
        yield made


def connection(session: requests.Session) -> Any:
    """One of the session's, not connected."""
    adapter: Any = session.get_adapter("http://")
    return adapter.poolmanager.connection_from_url("http://127.0.0.1:1").ConnectionCls("127.0.0.1", 1)


def test_a_connection_is_ended(session: requests.Session) -> None:
    made = connection(session)
    made.sock, other = socket.socketpair()
    with other, made.sock:
        hang_up(session)
        assert other.recv(1) == b""


def test_one_that_the_other_thread_leaves_at_that_moment_is_passed_over(session: requests.Session) -> None:
    left, right = socket.socketpair()
    with left, right:
        seen = [left]
        made = connection(session)
        made.__class__ = type("Leaving", (type(made),), {"sock": property(lambda _self: seen.pop() if seen else None)})
        hang_up(session)
        assert right.recv(1) == b""


def test_one_that_the_other_thread_makes_at_that_moment_is_no_error(
    session: requests.Session, request: pytest.FixtureRequest
) -> None:
    before = sys.getswitchinterval()
    request.addfinalizer(lambda: sys.setswitchinterval(before))
    sys.setswitchinterval(1e-6)
    kept = [connection(session) for _ in range(200)]
    making = threading.Thread(target=lambda: kept.extend(connection(session) for _ in range(2000)))
    making.start()
    while making.is_alive():
        hang_up(session)
    assert len(kept) == 2200
