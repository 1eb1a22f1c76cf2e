"""How a file goes up: in one piece, or in chunks, of what size."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Protocol

from backuptool.errors import StoreError
from backuptool.stores.webdav import Way
from backuptool.stores.webdav.body import size_of
from backuptool.stores.webdav.chunked import Chunked, clear
from backuptool.stores.webdav.cloud import Cloud
from backuptool.stores.webdav.collection import Collection
from backuptool.stores.webdav.plain import Plain
from backuptool.stores.webdav.session import Session
from backuptool.stores.webdav.status import TooLarge


class Sender(Protocol):
    """How a file gets there under a temporary name, in bodies of `largest` bytes at most."""

    largest: int

    def temporary(self) -> str:
        """What the next attempt is called."""

    def begin(self, temporary: str) -> None:
        """What comes before anything is sent: nothing is left where it fails. Raises Transient, StoreError."""

    def send(self, temporary: str, headers: dict[str, str]) -> int:
        """Send it; how many bytes were sent. Raises Transient, StoreError."""

    def sha256(self) -> bytes:
        """Of the file. Raises StoreError."""

    def discard(self) -> None:
        """Remove what is kept on the server beside the temporary file, if that can be."""


class Senders:
    """Those of the file at `path`, which is stored as `name`."""

    def __init__(self, session: Session, cloud: Cloud | None, path: Path, name: str, way: Way) -> None:
        self._session, self._cloud, self._path, self._name, self._way = session, cloud, path, name, way

    def first(self) -> Sender:
        """As the server says that it takes the file. Raises StoreError."""
        chunked = in_chunks(self._session, self._cloud, self._way, size_of(self._path))
        if self._cloud is not None and chunked:
            return Chunked(self._session, self._cloud, self._path, self._name)
        if self._cloud is not None:
            clear(self._session, self._cloud, self._name)
        return Plain(self._session, Collection(self._session), self._path, self._name)

    def smaller(self, sender: Sender, refused: TooLarge) -> Sender:
        """The same in chunks half as large: a proxy may have a limit that the cloud knows nothing of.

        Raises `refused` where there are none.
        """
        if self._cloud is None or not takes_chunks(self._cloud, self._way):
            raise refused
        largest = max(self._session.limits.smallest_chunk, -(-sender.largest // 2))
        smaller = Chunked(self._session, replace(self._cloud, largest=largest), self._path, self._name)
        if smaller.largest >= sender.largest:
            raise refused
        return smaller


def in_chunks(session: Session, cloud: Cloud | None, way: Way, size: int) -> bool:
    """Whether a file of `size` bytes goes up in chunks. Raises StoreError when it should, and the server takes none."""
    if cloud is not None and takes_chunks(cloud, way):
        return size > (0 if way == "chunked" else cloud.largest)
    if way == "chunked":
        hint = 'only Nextcloud and ownCloud do, at their /remote.php/… addresses; else: upload = "auto"'
        raise StoreError(f"{session.address.host} takes no upload in chunks", hint=hint)
    return False


def takes_chunks(cloud: Cloud | None, way: Way) -> bool:
    """Whether a file may go up in chunks, of whatever size."""
    return way != "plain" and cloud is not None and cloud.chunking
