"""A server, a proxy in front of it that fails on command, and a store that talks to the proxy."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

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
# For the tests in which nobody answers. Elsewhere none of these waits may be over: who was not run for a second would
# send again what has arrived.
IMPATIENT = replace(QUICK, metadata=1, stall=1, answer=1, move=1)


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
def store(proxy: FaultyProxy, request: pytest.FixtureRequest) -> WebDavStore:
    case = getattr(request.node, "callspec", None)
    chosen = IMPATIENT if case and case.params.get("fault") is stalled else QUICK
    return WebDavStore(f"http://127.0.0.1:{proxy.port}/backups", CREDENTIALS, chosen)


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
