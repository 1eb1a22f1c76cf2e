"""Upload in one piece: one PUT, what every server takes."""

from __future__ import annotations

import os
from pathlib import Path

from backuptool.errors import StoreError
from backuptool.stores.names import upload_name
from backuptool.stores.webdav.body import Body, size_of
from backuptool.stores.webdav.collection import Collection
from backuptool.stores.webdav.session import Session


class Plain:
    """Sends the file at `path`, from its first byte on and under a new name each time; `name` is that of the bundle."""

    def __init__(self, session: Session, collection: Collection, path: Path, name: str) -> None:
        self._session, self._collection, self._path, self._name = session, collection, path, name
        self.largest = size_of(path)

    def temporary(self) -> str:
        """What the next attempt is called."""
        return upload_name(self._name)

    def send(self, temporary: str, headers: dict[str, str]) -> tuple[int, bytes]:
        """Send it; the size and the sha256 of what was sent. Raises Transient, StoreError."""
        self._collection.warm(temporary)  # a body under a stale nonce is stored as an empty file, with 201
        limits = self._session.limits
        try:
            with self._path.open("rb", buffering=0) as file:
                body = Body(file, os.fstat(file.fileno()).st_size, self._session.deadline)
                url = self._collection.address.of(temporary)
                timeout = (limits.stall, limits.answer)
                with self._session.stage("uploading", len(body)):
                    self._session.send("PUT", url, {200, 201, 204}, headers, body=body, timeout=timeout).close()
        except OSError as failure:
            raise StoreError(f"cannot read {self._path}: {failure.strerror or failure}") from failure
        return len(body), body.sha256()

    def discard(self) -> None:
        """Nothing is kept beside the temporary file."""
