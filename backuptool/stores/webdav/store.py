"""A WebDAV collection as a store."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from backuptool.errors import StoreError
from backuptool.stores import Proof, Stored
from backuptool.stores.names import check_name, is_upload
from backuptool.stores.webdav import Way
from backuptool.stores.webdav.address import Address
from backuptool.stores.webdav.cloud import Cloud
from backuptool.stores.webdav.collection import Collection
from backuptool.stores.webdav.credentials import Credentials
from backuptool.stores.webdav.download import Download
from backuptool.stores.webdav.leftovers import drop_everything_left
from backuptool.stores.webdav.limits import Limits
from backuptool.stores.webdav.preflight import Preflight
from backuptool.stores.webdav.proxy import proxy_address
from backuptool.stores.webdav.retry import tried_enough
from backuptool.stores.webdav.sender import in_chunks, takes_chunks
from backuptool.stores.webdav.session import Session
from backuptool.stores.webdav.status import Transient
from backuptool.stores.webdav.transport import trust
from backuptool.stores.webdav.upload import Upload
from backuptool.stores.webdav.verification import Verification


class WebDavStore:
    """Bundles as files in the collection at `url`, which is made when only its last part is missing.

    `ca_file`: the certificates to trust, before those of the credentials, instead of the system's. `proxy`:
    http://HOST:PORT, before that of the credentials; none is taken from the environment. A rate in the limits counts
    before that of the credentials. `upload`: in one piece or in chunks; auto: in chunks where the server takes them and
    one does not hold the file. `verify`: the proof to insist on; None: the server's own sum where it really makes one,
    else every byte is read back. Raises UsageError for what cannot be a url, a ca_file, a client certificate or a
    proxy.
    """

    def __init__(
        self,
        url: str,
        credentials: Credentials | None = None,
        limits: Limits | None = None,
        *,
        ca_file: Path | None = None,
        proxy: str = "",
        upload: Way = "auto",
        verify: Proof | None = None,
    ) -> None:
        self._address = Address.parse(url)
        self._credentials = credentials
        self._limits = limits or Limits()
        self._way, self._verify = upload, verify
        if credentials is not None and self._limits.rate == math.inf:
            self._limits = replace(self._limits, rate=credentials.rate)
        self._reading = replace(self._limits, rate=math.inf)  # a restore is waited for
        self._proxy = proxy_address(proxy or (credentials.proxy if credentials else ""))
        self._context = trust(ca_file or (credentials.ca_file if credentials else None))
        if credentials is not None and credentials.certificate is not None:
            credentials.certificate.load(self._context)

    def __str__(self) -> str:
        return str(self._address)

    def check(self, name: str, size: int, made_in: Path | None = None) -> None:  # noqa: ARG002 - on another's disk
        """See that a file `name` of about `size` bytes could be stored; the collection is made. Raises StoreError."""
        check_name(name)
        limits = self._limits.for_asking(self._limits.listing_patience)
        with self._session(f"looking at {self._address}", limits) as session:
            cloud = Cloud.at(session)
            Preflight(session, name, size).run(in_one_piece=not takes_chunks(cloud, self._way))
            chunked = in_chunks(session, cloud, self._way, size)  # raises where chunks are wanted and none are taken
            Verification(session, cloud, name, self._verify).check(in_chunks=chunked)

    def clear(self, name: str) -> None:
        """Remove unfinished uploads of the plan and host of `name`, if that can be. Raises StoreError."""
        check_name(name)
        limits = self._reading.for_asking(self._limits.listing_patience)
        with self._session(f"clearing up in {self._address}", limits) as session:
            drop_everything_left(session, name)

    def put(self, path: Path, name: str, seconds: float = math.inf) -> Proof:
        """Upload under a private name, prove what is there, MOVE to `name`, look. Raises StoreError."""
        check_name(name)
        limits = replace(self._limits, total=seconds) if seconds < math.inf else self._limits
        with self._session(f"storing {name}", limits) as session:
            return Upload(session, path, name, self._way, self._verify).run()

    def list(self) -> list[Stored]:
        """Every finished file; empty when the collection does not exist. Raises StoreError."""
        limits = self._reading.for_asking(self._limits.listing_patience)
        with self._session(f"listing {self._address}", limits) as session:
            files = Collection(session).surely()
        return sorted((stored for stored in files if not is_upload(stored.name)), key=lambda stored: stored.name)

    def open(self, name: str, start: int = 0) -> Iterator[bytes]:
        """The bytes of `name` from `start` on, in blocks of at most 1 MiB; goes on after a cut. Raises StoreError."""
        check_name(name)
        with self._session(f"reading {name}", self._reading.for_reading()) as session:
            stored = self._found(session, name)
            if start > stored.size:
                raise StoreError(f"{name} in {self._address} is shorter than {start} bytes")
            yield from Download(session, name, stored.size, start)

    def now(self) -> datetime | None:
        """The server's Date header (RFC 9110, 6.6.1); None when it sends none. Raises StoreError."""
        limits = self._reading.for_asking(self._limits.listing_patience)
        with self._session(f"asking {self._address} for its time", limits) as session:
            return Collection(session).clock()

    def delete(self, name: str) -> None:
        """Remove the file `name`; a folder of that name is an error. Raises StoreError, also when there is none."""
        check_name(name)
        with self._session(f"deleting {name}", self._reading.for_asking(self._limits.patience)) as session:
            collection = Collection(session)
            self._found(session, name)
            collection.delete(name)
            session.retry(lambda: self._see_it_gone(collection, name))

    def _see_it_gone(self, collection: Collection, name: str) -> None:
        """A 204 proves nothing; behind a 202 it may take a moment."""
        with tried_enough():
            found = collection.look(name)
        if found:
            hint = "check that this user may delete there, and that the folder may change"
            raise Transient(f"{self._address} says that {name} is gone, and still lists it", hint=hint, few=True)

    def _session(self, what: str, limits: Limits) -> Session:
        return Session(self._address, self._credentials, limits, what, self._context, self._proxy)

    def _found(self, session: Session, name: str) -> Stored:
        stored = Collection(session).look(name)
        if stored is None:
            raise StoreError(f"there is no {name} in {self._address}", hint="`list` shows what there is")
        return stored
