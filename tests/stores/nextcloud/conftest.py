"""A running fake of each kind, and who asks it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.stores.nextcloud import Nextcloud, nextcloud
from tests.stores.nextcloud.client import Client


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Nextcloud]:
    with nextcloud(tmp_path / "cloud") as running:
        yield running


@pytest.fixture
def owncloud(tmp_path: Path) -> Iterator[Nextcloud]:
    with nextcloud(tmp_path / "own", "owncloud") as running:
        yield running


@pytest.fixture
def client(server: Nextcloud) -> Client:
    return Client(server)
