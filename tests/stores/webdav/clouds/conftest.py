"""A Nextcloud, an ownCloud, and a bundle of five chunks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from backuptool.stores import Proof
from backuptool.stores.webdav import Way
from backuptool.stores.webdav.store import WebDavStore
from tests.contracts.store import NAME
from tests.stores.davserver import CREDENTIALS
from tests.stores.faulty_proxy import FaultyProxy, faulty_proxy
from tests.stores.nextcloud import Nextcloud, nextcloud
from tests.stores.webdav.conftest import QUICK

SIZE = 23_000_000
CHUNK = 5 << 20
LIMITS = replace(QUICK, chunk=CHUNK)


@pytest.fixture(params=["nextcloud", "owncloud"])
def cloud(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Nextcloud]:
    with nextcloud(tmp_path / "cloud", request.param, max_chunk=CHUNK, smallest=CHUNK) as running:
        yield running


@pytest.fixture
def proxy(server: Nextcloud) -> Iterator[FaultyProxy]:
    """In front of the cloud that a module of tests calls `server`."""
    with faulty_proxy(server.port) as running:
        yield running
        running.forget()


def through(proxy: FaultyProxy, server: Nextcloud) -> str:
    return server.url.replace(str(server.port), str(proxy.port))


def opened(cloud: Nextcloud, way: Way = "auto", verify: Proof | None = None, url: str = "") -> WebDavStore:
    return WebDavStore(url or cloud.url, CREDENTIALS, LIMITS, upload=way, verify=verify)


@pytest.fixture
def big(tmp_path: Path) -> Path:
    """Five chunks, the last one small."""
    path = tmp_path / "bundle"
    path.write_bytes(bytes(range(250)) * (SIZE // 250))
    return path


def is_stored(cloud: Nextcloud, bundle: Path) -> bool:
    files, uploads = list(cloud.folder.iterdir()), list(cloud.uploads.iterdir())
    return [file.name for file in files] == [NAME] and files[0].read_bytes() == bundle.read_bytes() and not uploads
