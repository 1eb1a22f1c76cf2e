"""What the server holds is what was sent: proven before anything is published."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path

from backuptool.errors import StoreError
from backuptool.stores import Proof
from backuptool.stores.same import same
from backuptool.stores.webdav.body import reading
from backuptool.stores.webdav.cloud import Cloud
from backuptool.stores.webdav.collection import Collection
from backuptool.stores.webdav.download import Download
from backuptool.stores.webdav.retry import tried_enough
from backuptool.stores.webdav.session import Session
from backuptool.stores.webdav.status import CHANGED, Transient
from backuptool.stores.webdav.sums import digest, recalculated
from backuptool.stores.webdav.trial import Trial

_log = logging.getLogger(__name__)


class Verification:
    """`wanted`: the proof to insist on; None: the server's own sum where it really makes one, else all is read back."""

    def __init__(self, session: Session, cloud: Cloud | None, name: str, wanted: Proof | None) -> None:
        self._session, self._cloud, self._name, self._wanted = session, cloud, name, wanted
        self._collection = Collection(session)
        self._refuses_wrong_sums = False

    def check(self, *, in_chunks: bool) -> None:
        """See that the server's sum, where it is insisted on, can be had: one byte is stored. Raises StoreError."""
        if self._wanted != "server-hash":
            return
        if self._cloud is not None:
            trial = Trial(self._session, self._cloud, self._name, in_chunks=in_chunks)
            if (self._cloud.checks_sha1 and trial.passes()) or trial.makes_sums():
                return
        raise self._sumless()

    def headers(self, path: Path, *, in_chunks: bool) -> dict[str, str]:
        """What goes with the file at `path`, so that a server which checks it refuses others. Raises StoreError."""
        self._refuses_wrong_sums = False
        if self._wanted not in {None, "server-hash"} or self._cloud is None or not self._cloud.checks_sha1:
            return {}
        self._refuses_wrong_sums = Trial(self._session, self._cloud, self._name, in_chunks=in_chunks).passes()
        return {"OC-Checksum": f"SHA1:{digest(path, 'sha1').hex()}"} if self._refuses_wrong_sums else {}

    def prove(self, temporary: str, path: Path, size: int, sha256: Callable[[], bytes]) -> Proof:
        """How it was proven that `temporary` is the file at `path`, of which `size` bytes were sent; `sha256`: its sum.

        Raises StoreError: it is not; Transient: only a part.
        """
        with tried_enough():
            stored = self._collection.look(temporary)
        if stored is None or stored.size != size:
            kept = f"{stored.size} of {size} bytes" if stored else "nothing"
            raise Transient(f"{self._name}: the server took it, but stored {kept}", hint=CHANGED, few=True)
        if self._wanted == "size":
            return "size"
        if self._refuses_wrong_sums:
            return "server-hash"
        with tried_enough():
            theirs = self._server_hash(temporary, size)
            if theirs is None and self._wanted == "server-hash":
                raise self._sumless()
            if not (theirs == sha256() if theirs else self._reads_back(temporary, path, size)):
                raise StoreError(f"{self._name}: the server stored other bytes than were sent", hint=CHANGED)
            return "server-hash" if theirs else "download"

    def _server_hash(self, temporary: str, size: int) -> bytes | None:
        """None also where it fails, unless it is insisted on: the file can still be read back, and a proxy in front may
        refuse a PATCH in any words."""
        if self._cloud is None or self._wanted == "download":
            return None
        try:
            url = self._collection.address.of(temporary)
            return recalculated(self._session, url, size, few=self._wanted is None)
        except StoreError as failure:
            if self._wanted is not None:
                raise
            _log.warning("%s; it is read back", failure)
            return None

    def _reads_back(self, temporary: str, path: Path, size: int) -> bool:
        try:
            with self._session.stage("verifying", size), reading(path):
                return same(path, Download(self._session, temporary, size))
        except StoreError as failure:
            raise StoreError(f"reading back what was stored: {failure.message}", hint=failure.hint) from failure

    def _sumless(self) -> StoreError:
        hint = 'leave `verify` out: then it is read back where there is no such sum; or verify = "download"'
        return StoreError(f"{self._session.address.host} makes no sum of what it stores", hint=hint)
