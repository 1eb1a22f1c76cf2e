"""Upload in one piece: one PUT, what every server takes."""

from __future__ import annotations

import os
from http import HTTPStatus
from pathlib import Path

from backuptool.errors import StoreError
from backuptool.stores.names import upload_name
from backuptool.stores.webdav.body import Body, reading, size_of
from backuptool.stores.webdav.collection import Collection
from backuptool.stores.webdav.introduction import warm
from backuptool.stores.webdav.session import Session
from backuptool.stores.webdav.status import CHANGED, Transient
from backuptool.stores.webdav.sums import digest

# Where the folder was listed a moment ago: what Go's x/net/webdav (405) and Tomcat (409) say to a full disk.
_UNSTORED = frozenset({HTTPStatus.METHOD_NOT_ALLOWED, HTTPStatus.CONFLICT})


class Plain:
    """Sends the file at `path`, from its first byte on and under a new name each time; `name` is that of the bundle."""

    def __init__(self, session: Session, collection: Collection, path: Path, name: str) -> None:
        self._session, self._collection, self._path, self._name = session, collection, path, name
        self.largest = size_of(path)

    def temporary(self) -> str:
        """What the next attempt is called."""
        return upload_name(self._name)

    def begin(self, temporary: str) -> None:
        """See to a fresh nonce: a body under a stale one is stored as an empty file, with 201."""
        warm(self._session, self._collection.address.of(temporary))

    def send(self, temporary: str, headers: dict[str, str]) -> int:
        """Send it; how many bytes were sent. Raises Transient, StoreError."""
        url = self._collection.address.of(temporary)
        limits = self._session.limits
        with reading(self._path), self._path.open("rb", buffering=0) as file:
            body = Body(file, os.fstat(file.fileno()).st_size, self._session.deadline)
            timeout = (limits.stall, limits.answer)
            good = {200, 201, 204, *_UNSTORED, *([HTTPStatus.BAD_REQUEST] if headers else [])}
            with (
                self._session.stage("uploading", len(body)),
                self._session.send("PUT", url, good, headers, body=body, timeout=timeout) as answer,
            ):
                self._see_it_taken(answer.status_code)
        return len(body)

    def _see_it_taken(self, status: int) -> None:
        if status == HTTPStatus.BAD_REQUEST:  # cut or altered on the way: the server compares the sum that came with it
            said = f"{self._name}: the server says that what came is not what was sent (400)"
            raise Transient(said, hint=CHANGED, few=True)
        if status in _UNSTORED:
            hint = "it may be full, or take no files there: look into its disk and its log"
            raise StoreError(f"{self._session.what}: the server does not store the file ({status})", hint=hint)

    def sha256(self) -> bytes:
        """Of the file. Raises StoreError."""
        return digest(self._path, "sha256")

    def discard(self) -> None:
        """Nothing is kept beside the temporary file."""
