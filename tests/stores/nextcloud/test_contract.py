"""The store contract on the fake Nextcloud and ownCloud, under both of their addresses."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from backuptool.stores.webdav.store import WebDavStore
from tests.contracts.store import StoreContract
from tests.stores.davserver import CREDENTIALS
from tests.stores.nextcloud import Kind, Nextcloud, nextcloud
from tests.stores.places import Folder
from tests.stores.webdav.conftest import QUICK


@pytest.mark.parametrize("kind", ["nextcloud", "owncloud"], scope="class")
@pytest.mark.parametrize("legacy", [False, True], ids=["dav", "webdav"], scope="class")
class TestPlainUpload(StoreContract):
    @pytest.fixture
    def cloud(self, tmp_path: Path, kind: Kind) -> Iterator[Nextcloud]:
        with nextcloud(tmp_path / "cloud", kind) as running:
            yield running

    @pytest.fixture
    def place(self, cloud: Nextcloud) -> Folder:
        return Folder(cloud.folder)

    @pytest.fixture
    def store(self, cloud: Nextcloud, *, legacy: bool) -> WebDavStore:
        return WebDavStore(cloud.legacy_url if legacy else cloud.url, CREDENTIALS, QUICK)
