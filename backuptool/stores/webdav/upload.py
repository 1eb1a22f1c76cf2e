"""Storing a file: nothing has its final name before it was proven what the server holds of it."""

from __future__ import annotations

import logging
from contextlib import suppress
from pathlib import Path

from backuptool.errors import StoreError
from backuptool.stores import Proof
from backuptool.stores.webdav import Way
from backuptool.stores.webdav.chunked import Chunked
from backuptool.stores.webdav.cloud import Cloud
from backuptool.stores.webdav.collection import Collection
from backuptool.stores.webdav.copied import Copied, copied
from backuptool.stores.webdav.leftovers import drop_leftovers
from backuptool.stores.webdav.move import Move
from backuptool.stores.webdav.sender import Sender, Senders
from backuptool.stores.webdav.session import Session
from backuptool.stores.webdav.source import File
from backuptool.stores.webdav.status import TooLarge
from backuptool.stores.webdav.verification import Verification

log = logging.getLogger(__name__)


class Upload:
    """Puts the file at `path` under `name`: temporary name, size, proof, MOVE, look.

    `way`: in chunks or in one piece; auto: in chunks where the server takes them and one does not hold the file.
    """

    def __init__(self, session: Session, path: Path, name: str, way: Way = "auto", wanted: Proof | None = None) -> None:
        self._session, self._path, self._name = session, path, name
        self._collection = Collection(session)
        cloud = Cloud.at(session)
        self._senders = Senders(session, cloud, path, name, way)
        self._verification = Verification(session, cloud, name, wanted)
        self._left: list[str] = []
        self._deletes = True  # the server did when it was asked last; else the next run asks again

    def run(self) -> Proof:
        """Do all of it; how it was proven. Raises StoreError; then nothing of ours is left that could be deleted."""
        there = self._prepare()
        sender = self._senders.first()
        while True:
            drop_leftovers(self._collection, there - {sender.temporary()}, self._name)
            try:
                proof = self._run(sender)
            except TooLarge as refused:
                sender = self._senders.smaller(sender, refused)
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

    def _store(self, sender: Sender, headers: dict[str, str]) -> tuple[str, int, Proof]:
        """One attempt: the name, the size, the proof. Raises Transient, StoreError."""
        self._drop_left()
        temporary = sender.temporary()
        sender.begin(temporary)
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
