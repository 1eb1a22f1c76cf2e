"""A WebDAV collection as a store, on a real server that speaks digest or basic, or wants a token."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from backuptool.stores.webdav.store import WebDavStore
from tests.contracts.store import StoreContract
from tests.stores.davserver import BEARER, CREDENTIALS, Authentication, dav_server
from tests.stores.places import Folder
from tests.stores.webdav.conftest import QUICK


@pytest.mark.parametrize("authentication", ["digest", "basic", "bearer", "none"], scope="class")
class TestWebDavStore(StoreContract):
    @pytest.fixture
    def place(self, root: Path) -> Folder:
        return Folder(root / "backups")

    @pytest.fixture
    def store(self, place: Folder, authentication: Authentication) -> Iterator[WebDavStore]:
        with dav_server(place.path.parent, authentication) as server:
            credentials = BEARER if authentication == "bearer" else CREDENTIALS
            yield WebDavStore(f"{server.url}backups", credentials, QUICK)
