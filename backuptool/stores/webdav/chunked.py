"""Upload in chunks, to Nextcloud and ownCloud 10: what has arrived stays there, whatever breaks afterwards.

MKCOL a folder, PUT the chunks in any order, MOVE its `.file` to where all of them together shall be (Nextcloud's
developer manual, "Chunked file upload"). The folder's name comes from the file's content, so that another process finds
what an earlier one has sent; what it finds is proven with the whole.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import ClassVar

from backuptool.errors import StoreError
from backuptool.interruption import held, released
from backuptool.stores.names import upload_folder, upload_name_of, uploads_of
from backuptool.stores.webdav.body import Body, reading
from backuptool.stores.webdav.cloud import MOST, Cloud
from backuptool.stores.webdav.collection import Collection
from backuptool.stores.webdav.move import Move
from backuptool.stores.webdav.session import Session
from backuptool.stores.webdav.source import Gone, Unsound
from backuptool.stores.webdav.status import Transient
from backuptool.stores.webdav.sums import digest

_log = logging.getLogger(__name__)
_REMOVED = "something else deletes them there: another host of this name with the same plan, or who cleans up"
_FILE = ".file"  # all chunks together, in the order of their names


@dataclass(frozen=True, slots=True)
class Chunk:
    """A part of the file: its name on the server, where it begins, its bytes."""

    name: str
    start: int
    size: int


def chunks(size: int, largest: int) -> Iterator[Chunk]:
    """The parts of a file of `size` bytes; 10,000 at most, so that they may be greater than `largest`."""
    step = max(largest, -(-size // MOST))
    for number, start in enumerate(range(0, size, step), start=1):
        yield Chunk(f"{number:05}", start, min(step, size - start))


def clear(session: Session, cloud: Cloud, name: str, but: str = "") -> None:
    """Remove the chunks of earlier bundles of the plan and host of `name`, if that can be; those in `but` stay."""
    uploads = Collection(session, cloud.uploads())
    try:
        found = uploads.folders() or []
    except StoreError as failure:
        _log.warning("chunks of earlier runs may stay for now: %s", failure)
        return
    for left in uploads_of(name, found):
        if left != but:
            uploads.drop(left)


class Chunked:
    """Sends the file at `path`, which is not empty, to the `cloud`; `name` is that of the bundle. Raises StoreError."""

    unsound: ClassVar[set[int]] = {400}
    alone: ClassVar[bool] = True
    under_way: ClassVar[set[int]] = {423, 502, 504}  # 502: of a proxy that has given up, while all is copied

    def __init__(self, session: Session, cloud: Cloud, path: Path, name: str) -> None:
        self._session, self._cloud, self._path, self._name = session, cloud, path, name
        self._sha256, self._size = digest(path, "sha256"), path.stat().st_size
        self._chunks = list(chunks(self._size, cloud.largest))
        self.largest = self._chunks[0].size
        self._id = upload_folder(name, self._sha256, self.largest)
        self._folder = Collection(session, cloud.uploads(self._id))
        self._uploads = Collection(session, cloud.uploads())
        self._target = Collection(session, cloud.files())

    @property
    def url(self) -> str:
        """The address of all chunks together."""
        return self._folder.address.of(_FILE)

    def is_there(self) -> bool:
        """Whether the chunks are still there: once they are one file, their folder is gone."""
        return self._folder.files() is not None

    def temporary(self) -> str:
        """Always the same: a run that was killed before the proof leaves all of it there."""
        return upload_name_of(self._name, self._id)

    def begin(self, temporary: str) -> None:
        """Nothing: the cloud is known already."""

    def send(self, temporary: str, headers: dict[str, str]) -> int:
        """Send what has not arrived, and make one file of all; its size. Raises Transient, StoreError."""
        there = self._target.look(temporary)
        if there is not None and (headers or there.size != self._size):  # a sum is compared when the file is made
            self._target.drop(temporary)
            there = None
        if there is None:
            self._assemble(temporary, headers)
        return self._size

    def sha256(self) -> bytes:
        """Of the file, as it was before anything of it was sent."""
        return self._sha256

    def discard(self) -> None:
        """Remove the chunks, if that can be."""
        self._uploads.drop(self._id)

    def _assemble(self, temporary: str, headers: dict[str, str]) -> None:
        self._headers = {"Destination": self._target.address.of(temporary), "OC-Total-Length": str(self._size)}
        try:
            missing = self._missing()
            with self._session.stage("uploading", sum(chunk.size for chunk in missing)):
                self._send(missing)
            Move(self._session, self, self._target, temporary, self._size).run(headers)
        except Gone as failure:
            raise Transient(f"{self._name}: its chunks are gone from the server", hint=_REMOVED, few=True) from failure
        except Unsound as failure:  # a wrong size, or at ownCloud a wrong sum: of which chunk, nobody knows
            self.discard()
            raise Transient(failure.message, hint=failure.hint, few=True) from failure

    def _missing(self) -> list[Chunk]:
        """A chunk that was cut is not kept, but one of another size would be of another file."""
        clear(self._session, self._cloud, self._name, but=self._id)
        self._folder.create(self._headers)
        arrived = {stored.name: stored.size for stored in self._folder.files() or []}
        return [chunk for chunk in self._chunks if arrived.get(chunk.name) != chunk.size]

    def _send(self, missing: list[Chunk]) -> None:
        """Several at once, each thread with connections of its own; the first failure ends them all."""
        sessions = [self._session.twin() for _ in range(min(self._cloud.parallel, len(missing)))]
        coming = iter(missing)

        def work(session: Session) -> None:
            with session:
                for chunk in coming:  # next() of a list's iterator is atomic
                    session.retry(lambda chunk=chunk: self._put(session, chunk))  # type: ignore[misc] # a default

        with held(), ThreadPoolExecutor(max(1, len(sessions))) as pool:  # held: as `beside` says
            try:
                left = {pool.submit(work, session) for session in sessions}
                while left:
                    done, left = wait(left, timeout=1, return_when=FIRST_EXCEPTION)
                    for one in done:
                        one.result()
                    with released():  # here a signal is raised
                        pass
            finally:
                for session in sessions:
                    session.cancel()

    def _put(self, session: Session, chunk: Chunk) -> None:
        limits = session.limits
        with reading(self._path), self._path.open("rb", buffering=0) as file:
            os.lseek(file.fileno(), chunk.start, os.SEEK_SET)
            body = Body(file, chunk.size, session.deadline)
            url = self._folder.address.of(chunk.name)
            timeout = (limits.stall, limits.answer)
            good = {200, 201, 204, HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT}
            with session.send("PUT", url, good, self._headers, body=body, timeout=timeout) as answer:
                status = answer.status_code
        if status in {HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT}:
            raise Gone(f"{self._name}: the folder of its chunks is gone ({status})")
