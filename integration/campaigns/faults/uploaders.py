"""What is attacked: the tool's store, and one that everybody has written once, which the matrix must catch."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Protocol

import requests
from requests.auth import HTTPDigestAuth

from backuptool.errors import StoreError
from backuptool.stores import Proof
from backuptool.stores.webdav import Way
from backuptool.stores.webdav.store import WebDavStore
from integration.campaigns.faults.ground import CHUNK
from tests.stores.davserver import CREDENTIALS, PASSWORD, USER
from tests.stores.webdav.conftest import QUICK


class Uploader(Protocol):
    """A store, as far as the matrix goes."""

    def put(self, path: Path, name: str) -> object:
        """Upload. Raises StoreError."""


MakeUploader = Callable[[str, Path, Way], Uploader]


def ours(url: str, ca_file: Path, way: Way, verify: Proof | None = None) -> WebDavStore:
    """The tool's. `ca_file`: reading the system's takes longer than a put."""
    limits = replace(QUICK, smallest_chunk=CHUNK, chunk=CHUNK)
    return WebDavStore(url, CREDENTIALS, limits, ca_file=ca_file, upload=way, verify=verify)


by_size = partial(ours, verify="size")


class Naive:
    """PUT to the final name, again on exceptions and 5xx, and believe 2xx."""

    def __init__(self, url: str, _ca_file: Path, _way: Way) -> None:
        self._url = url
        self._auth = HTTPDigestAuth(USER, PASSWORD)

    def put(self, path: Path, name: str) -> None:
        """Upload."""
        requests.request("MKCOL", self._url, auth=self._auth, timeout=1)
        for _attempt in range(4):
            try:
                with path.open("rb") as file:
                    answer = requests.put(f"{self._url}/{name}", data=file, auth=self._auth, timeout=1)
            except requests.RequestException:
                continue
            if answer.ok:
                return
            if answer.status_code < 500:
                raise StoreError(f"refused: {answer.status_code}", hint="ask")
        raise StoreError("gave up", hint="ask")
