"""Storing a file: nothing has its final name before its stored bytes were read back and compared."""

from __future__ import annotations

import hashlib
import logging
import os
from pathlib import Path

from backuptool.errors import StoreError
from backuptool.stores.names import is_leftover, upload_name
from backuptool.stores.webdav.body import Body
from backuptool.stores.webdav.collection import Collection
from backuptool.stores.webdav.download import Download
from backuptool.stores.webdav.publication import Publication
from backuptool.stores.webdav.session import Session
from backuptool.stores.webdav.status import LATER, Transient

_log = logging.getLogger(__name__)


class Upload:
    """Puts the file at `path` under `name`: temporary name, size, sha256 read back, MOVE, look."""

    def __init__(self, session: Session, path: Path, name: str) -> None:
        self._session = session
        self._collection = Collection(session)
        self._path = path
        self._name = name
        self._left: list[str] = []

    def run(self) -> None:
        """Do all of it. Raises StoreError; then nothing of ours is left that could be deleted."""
        self._prepare()
        temporary, size = self._session.retry(self._store)
        try:
            Publication(self._session, temporary, self._name, size).run()
        except BaseException:
            self._discard(temporary)
            raise

    def _prepare(self) -> None:
        """The collection exists, the name is free, what earlier runs left is gone."""
        files = self._collection.files()
        if files is None:
            self._collection.create()
            return
        names = {stored.name for stored in files}
        if self._name in names:
            hint = "delete or rename it if it is not wanted"
            raise StoreError(f"{self._name} exists already in {self._session.address}; nothing was replaced", hint=hint)
        for name in names:
            if is_leftover(name, self._name):
                self._discard(name)

    def _store(self) -> tuple[str, int]:
        """One attempt, under a name of its own: the name and the size, compared. Raises Transient, StoreError."""
        temporary = upload_name(self._name)
        self._collection.warm(temporary)  # a body under a stale nonce is stored as an empty file, with 201
        self._left = [left for left in self._left if not self._discard(left)]
        try:
            return temporary, self._compared(temporary)
        except BaseException:
            if not self._discard(temporary):
                self._left.append(temporary)
            raise

    def _compared(self, temporary: str) -> int:
        size, digest = self._send(temporary)
        stored = self._collection.look(temporary)
        if stored is None or stored.size != size:
            kept = f"{stored.size} of {size} bytes" if stored else "nothing"
            raise Transient(f"{self._name}: the server took it, but stored {kept}", hint=LATER, few=True)
        with self._session.stage("verifying", size):
            stored_digest = _sha256(Download(self._session, temporary, size))
        if stored_digest != digest:
            hint = "look into the server's disk and memory, and for a proxy that changes what passes"
            raise StoreError(f"{self._name}: the server stored other bytes than were sent", hint=hint)
        return size

    def _send(self, temporary: str) -> tuple[int, bytes]:
        """PUT the file, opened anew; its size and sha256."""
        limits = self._session.limits
        try:
            with self._path.open("rb", buffering=0) as file:
                body = Body(file, os.fstat(file.fileno()).st_size, self._session.deadline)
                url = self._session.address.of(temporary)
                timeout = (limits.stall, limits.answer)
                with self._session.stage("uploading", len(body)):
                    self._session.send("PUT", url, {200, 201, 204}, body=body, timeout=timeout).close()
        except OSError as failure:
            raise StoreError(f"cannot read {self._path}: {failure.strerror or failure}") from failure
        return len(body), body.sha256()

    def _discard(self, name: str) -> bool:
        """Delete an unfinished upload; False when it cannot be now: the next attempt or the next run does it."""
        try:
            self._collection.delete(name, patience=0)
        except StoreError as failure:
            _log.warning("an unfinished upload stays for now: %s", failure)
            return False
        return True


def _sha256(download: Download) -> bytes:
    digest = hashlib.sha256()
    for block in download:
        digest.update(block)
    return digest.digest()
