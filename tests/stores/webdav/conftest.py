"""A server, a proxy in front of it that fails on command, and a store that talks to the proxy."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from requests.adapters import HTTPAdapter

from backuptool.errors import StoreError
from backuptool.stores.webdav import limits
from backuptool.stores.webdav.limits import Limits
from backuptool.stores.webdav.store import WebDavStore
from tests.contracts.store import NAME
from tests.stores.davserver import CREDENTIALS, DavServer, dav_server
from tests.stores.faults import lost, stalled
from tests.stores.faulty_proxy import Exchange, Fault, FaultyProxy, faulty_proxy
from tests.stores.places import Folder

QUICK = Limits(
    connect=20,
    metadata=20,
    stall=20,
    answer=20,
    move=20,
    attempts=4,
    patience=1,
    listing_patience=1,
    wait=0.001,
    longest_wait=0.01,
    longest_retry_after=0.01,
    total=300,
    asking=299,
)


class Clock:
    """What the limits are measured by, as a test moves it on: no time that a busy machine takes is part of it."""

    def __init__(self) -> None:
        self._passed = 0.0
        self._now = time.monotonic

    def monotonic(self) -> float:
        """Seconds: those that pass by themselves too, unless it stands."""
        return self._now() + self._passed

    def stand(self) -> None:
        """From here on nothing passes by itself."""
        now = self._now()
        self._now = lambda: now

    def passes(self, seconds: float) -> None:
        """Let them pass."""
        self._passed += seconds

    def strike(self) -> None:
        """Let the time of everything that was begun be over."""
        self.passes(QUICK.total)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    path = tmp_path / "served"
    path.mkdir()
    return path


@pytest.fixture
def server(root: Path) -> Iterator[DavServer]:
    with dav_server(root) as running:
        yield running


@pytest.fixture
def proxy(server: DavServer) -> Iterator[FaultyProxy]:
    with faulty_proxy(server.port) as running:
        yield running


@pytest.fixture
def place(root: Path) -> Folder:
    return Folder(root / "backups")


@pytest.fixture
def store(proxy: FaultyProxy) -> WebDavStore:
    return WebDavStore(f"http://127.0.0.1:{proxy.port}/backups", CREDENTIALS, QUICK)


@pytest.fixture
def impatient(proxy: FaultyProxy, monkeypatch: pytest.MonkeyPatch) -> None:
    """The limit of a request that is stalled is over soon after it came there, that of no other: who was not run for a
    second would send again what has arrived."""
    send = HTTPAdapter.send

    def hurried(self: HTTPAdapter, request: requests.PreparedRequest, **more: Any) -> requests.Response:
        rules = (rule for rule in proxy.unmet() if rule.method == request.method and rule.fault is stalled)
        rule = next(rules, None) if "Authorization" in request.headers else None
        if rule is None:
            return send(self, request, **more)
        met, (first, limit) = rule.met, more.pop("timeout")
        assert limit <= QUICK.answer
        try:
            return send(self, request, timeout=(first, 0.1), **more)
        finally:
            while rule.met == met:
                time.sleep(0.01)

    monkeypatch.setattr(HTTPAdapter, "send", hurried)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The one that all deadlines of the test have."""
    made = Clock()
    monkeypatch.setattr(limits, "time", made)
    return made


def too_late(clock: Clock, then: Fault = lost) -> Fault:
    """The time of the whole put is over when the request has come whole; `then`, which says nothing, is its end.

    Whole: who is out of time in the middle of a body hangs up, and asks for its removal before the server has it.
    """

    def fault(exchange: Exchange) -> None:
        then(exchange)  # the connection ends when the fault has returned
        clock.strike()

    return fault


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    """1 MB: four blocks of a PUT."""
    path = tmp_path / "bundle"
    path.write_bytes(bytes(range(256)) * 4000)
    return path


def left_by_failing(store: WebDavStore, place: Folder, bundle: Path, said: str | None = None) -> set[str]:
    """Every name there after an upload of the bundle that ends in an error, which says this."""
    with pytest.raises(StoreError, match=said):
        store.put(bundle, NAME)
    return place.names()
