"""What is attacked: the tool's store, and one that everybody has written once, which the matrix must catch."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, Protocol

import requests
from requests.auth import HTTPDigestAuth

from backuptool.errors import StoreError
from backuptool.stores import Proof
from backuptool.stores.webdav.limits import Limits
from backuptool.stores.webdav.store import WebDavStore
from integration.campaigns.faults.cases import Case
from integration.campaigns.faults.ground import CHUNK
from integration.campaigns.faults.kinds import LIMIT
from tests.stores.davserver import CREDENTIALS, PASSWORD, USER
from tests.stores.webdav.conftest import QUICK


class Uploader(Protocol):
    """A store, as far as the matrix goes."""

    def put(self, path: Path, name: str) -> object:
        """Upload. Raises StoreError."""


MakeUploader = Callable[[str, Path, Case], Uploader]
# Where no limit is meant to pass none does, however long this process stands still: what a server then does late,
# after the tool has asked again and cleaned up, is another case, and not the one that is counted.
PATIENT = replace(
    QUICK,
    connect=60,
    metadata=60,
    stall=60,
    answer=60,
    move=60,
    total=500,
    asking=500,
    smallest_chunk=CHUNK,
    chunk=CHUNK,
)
# What the answer to a request is waited for by; of a GET a look at the capabilities is one, a download the other.
WAITED = {"PUT": ("answer",), "MOVE": ("move",), "PATCH": ("move",), "GET": ("stall", "metadata")}


def ours(url: str, ca_file: Path, case: Case, verify: Proof | None = None) -> WebDavStore:
    """The tool's. `ca_file`: reading the system's takes longer than a put."""
    return WebDavStore(url, CREDENTIALS, limits_of(case), ca_file=ca_file, upload=case.target.way, verify=verify)


def limits_of(case: Case) -> Limits:
    """No patience with the requests that are never answered; with the others as much as in any case."""
    waited = WAITED.get(case.target.method, ("metadata",)) if case.kind.waits else ()
    hurried: dict[str, Any] = dict.fromkeys(waited, LIMIT)
    return replace(PATIENT, **hurried)


by_size = partial(ours, verify="size")


class Naive:
    """PUT to the final name, again on exceptions and 5xx, and believe 2xx."""

    def __init__(self, url: str, _ca_file: Path, _case: Case) -> None:
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
