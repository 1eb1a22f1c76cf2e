"""OC-Checksum: `SHA1:…`, as each of the two servers takes it."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Callable
from pathlib import Path

from tests.stores.nextcloud.exchange import Refused
from tests.stores.nextcloud.server import Nextcloud

_BLOCK = 1 << 20


def hashed(algorithm: str, path: Path) -> str:
    """Lower-case hex of the file; `algorithm` as hashlib names it."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, algorithm).hexdigest()


def _adler32(path: Path) -> str:
    value = 1
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            value = zlib.adler32(block, value)
    return f"{value:08x}"


_OWNCLOUD: dict[str, Callable[[Path], str]] = {
    "SHA1": lambda path: hashed("sha1", path),
    "MD5": lambda path: hashed("md5", path),
    "ADLER32": _adler32,
}


def checked(server: Nextcloud, claim: str, path: Path) -> str:
    """What the server keeps of a client's `claim` about the bytes in `path`. Raises Refused (400).

    Nextcloud keeps what it is told. ownCloud 10 computes its own three, and knows no other.
    """
    if server.kind == "nextcloud":
        return claim
    if claim:
        algorithm, _, value = claim.partition(":")
        own = _OWNCLOUD.get(algorithm.upper())
        if own is None or own(path) != value.lower():
            raise Refused(400, "The computed checksum does not match the one received from the client.")
    return " ".join(f"{name}:{own(path)}" for name, own in _OWNCLOUD.items())
