"""Storing a file: nothing has its final name before it was proven what the server holds of it."""

from __future__ import annotations

import logging
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from backuptool.errors import StoreError
from backuptool.stores import Proof
from backuptool.stores.webdav import Way
from backuptool.stores.webdav.body import size_of
from backuptool.stores.webdav.chunked import Chunked, clear
from backuptool.stores.webdav.cloud import Cloud
from backuptool.stores.webdav.collection import Collection
from backuptool.stores.webdav.copied import Copied, copied
from backuptool.stores.webdav.leftovers import drop_leftovers
from backuptool.stores.webdav.move import Move
from backuptool.stores.webdav.plain import Plain
from backuptool.stores.webdav.session import Session
from backuptool.stores.webdav.source import File
from backuptool.stores.webdav.status import TooLarge
from backuptool.stores.webdav.verification import Verification

log = logging.getLogger(__name__)


class Sender(Protocol):
    """How a file gets there under a temporary name, in bodies of `largest` bytes at most."""

    largest: int

    def temporary(self) -> str:
        """What the next attempt is called."""

    def send(self, temporary: str, headers: dict[str, str]) -> int:
        """Send it; how many bytes were sent. Raises Transient, StoreError."""

    def sha256(self) -> bytes:
        """Of the file. Raises StoreError."""

    def discard(self) -> None:
        """Remove what is kept on the server beside the temporary file, if that can be."""


class Upload:
    """Puts the file at `path` under `name`: temporary name, size, proof, MOVE, look.

    `way`: in chunks or in one piece; auto: in chunks where the server takes them and one does not hold the file.
    """

    def __init__(self, session: Session, path: Path, name: str, way: Way = "auto", wanted: Proof | None = None) -> None:
        self._session, self._path, self._name, self._way = session, path, name, way
        self._collection = Collection(session)
        self._cloud = Cloud.at(session)
        self._verification = Verification(session, self._cloud, name, wanted)
        self._left: list[str] = []
        self._deletes = True  # the server did when it was asked last; else the next run asks again

    def run(self) -> Proof:
        """Do all of it; how it was proven. Raises StoreError; then nothing of ours is left that could be deleted."""
        there = self._prepare()
        sender = self._sender()
        while True:
            drop_leftovers(self._collection, there - {sender.temporary()}, self._name)
            try:
                proof = self._run(sender)
            except TooLarge as refused:
                sender = self._smaller(sender, refused)
                log.warning("%s; trying chunks of %d bytes", refused.message, sender.largest)
            except BaseException:
                if self._deletes:
                    self._drop_left()
                raise
            else:
                self._drop_left()
                return proof

    def _run(self, sender: Sender) -> Proof:
        try:
            headers = self._verification.headers(self._path, in_chunks=isinstance(sender, Chunked))
            temporary, size, proof = self._session.retry(lambda: self._store(sender, headers))
            self._publish(temporary, size)
        except BaseException:
            sender.discard()
            raise
        return proof

    def _prepare(self) -> set[str]:
        """The names that are there: the collection exists, the name is free."""
        files = self._collection.files()
        if files is None:
            self._collection.create()
        there = {stored.name for stored in files or []}
        if self._name in there:
            hint = "delete or rename it if it is not wanted"
            raise StoreError(f"{self._name} exists already in {self._session.address}; nothing was replaced", hint=hint)
        return there

    def _sender(self) -> Sender:
        chunked = in_chunks(self._session, self._cloud, self._way, size_of(self._path))
        if self._cloud is not None and chunked:
            return Chunked(self._session, self._cloud, self._path, self._name)
        if self._cloud is not None:
            clear(self._session, self._cloud, self._name)
        return Plain(self._session, self._collection, self._path, self._name)

    def _smaller(self, sender: Sender, refused: TooLarge) -> Sender:
        """The same in chunks half as large: a proxy may have a limit that the cloud knows nothing of."""
        if self._cloud is None or not takes_chunks(self._cloud, self._way):
            raise refused
        largest = max(self._session.limits.smallest_chunk, -(-sender.largest // 2))
        smaller = Chunked(self._session, replace(self._cloud, largest=largest), self._path, self._name)
        if smaller.largest >= sender.largest:
            raise refused
        return smaller

    def _store(self, sender: Sender, headers: dict[str, str]) -> tuple[str, int, Proof]:
        """One attempt: the name, the size, the proof. Raises Transient, StoreError."""
        self._drop_left()
        temporary = sender.temporary()
        try:
            size = sender.send(temporary, headers)
            return temporary, size, self._verification.prove(temporary, self._path, size, sender.sha256)
        except BaseException:
            if not self._drop(temporary):
                self._left.append(temporary)
            raise

    def _drop_left(self) -> None:
        self._left = [left for left in self._left if not self._drop(left)]

    def _drop(self, name: str) -> bool:
        self._deletes = self._collection.drop(name)
        return self._deletes

    def _publish(self, temporary: str, size: int) -> None:
        source = File(self._collection, temporary)
        move = Move(self._session, source, self._collection, self._name, size)
        try:
            move.run()
        except BaseException as failure:
            failed = isinstance(failure, StoreError)  # else it is a signal, that nobody may be kept waiting by
            seconds = self._session.deadline.left if failed else 0
            found = copied(self._session, self._path, self._name, seconds)
            if not (failed and found is Copied.ALL):
                self._withdraw(temporary, move, found)
                raise
        with self._session.cleaning(), suppress(StoreError):  # then the next run sees what was left
            if source.is_there():  # the server has copied it
                self._collection.drop(temporary)

    def _withdraw(self, temporary: str, move: Move, found: Copied) -> None:
        """Leave nothing of a rename that has failed, of which this much was `found`."""
        if move.acted and found is Copied.UNKNOWN:  # or another host's, of a copied machine say
            log.warning("what is under %s may be a part of this backup, and stays: it cannot be read", self._name)
        elif move.acted and found is not Copied.NONE:
            self._collection.drop(self._name)
        self._collection.drop(temporary)


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
