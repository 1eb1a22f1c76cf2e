"""Sums that a server makes of what it stored: proof without a transfer, where the server really makes them."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

from backuptool.stores.webdav.body import reading
from backuptool.stores.webdav.session import Session
from backuptool.stores.webdav.status import Transient

_BLOCK = 1 << 20
_SHA256 = re.compile(r"(?:^|\s)SHA256:([0-9a-f]{64})(?:\s|$)", re.IGNORECASE)


def digest(path: Path, kind: str) -> bytes:
    """The sha256 or sha1 of the file at `path`. Raises StoreError."""
    found = hashlib.new(kind, usedforsecurity=False)
    with reading(path), path.open("rb", buffering=0) as file:
        while block := file.read(_BLOCK):
            found.update(block)
    return found.digest()


def recalculated(session: Session, url: str, size: int, *, few: bool = False) -> bytes | None:
    """The sha256 of the file at `url` as Nextcloud reads it from its storage; None where a server cannot do that.

    What Nextcloud shows as OC-Checksum otherwise is what a client once claimed. `few`: there is another way, so that it
    is not tried long. Raises Transient, StoreError.
    """

    def ask() -> bytes | None:
        timeout = (session.limits.connect, session.limits.for_move(size))
        headers = {"X-Recalculate-Hash": "sha256"}
        good = {200, 204, 400, 403, 404, 405, 409, 415, 501}
        try:
            with session.send("PATCH", url, good, headers, timeout=timeout) as answer:
                found = _SHA256.search(answer.headers.get("OC-Checksum", ""))
                return bytes.fromhex(found[1]) if answer.status_code in {200, 204} and found else None
        except Transient as failure:
            failure.few |= few
            raise

    return session.retry(ask)
