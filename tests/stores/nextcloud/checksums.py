"""OC-Checksum: `SHA1:…`, as each of the two servers takes it."""

from __future__ import annotations

import hashlib
import zlib
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


def checked(server: Nextcloud, claim: str, path: Path) -> str:
    """What the server keeps of a client's `claim` about the bytes in `path`. Raises Refused (400).

    Nextcloud keeps what it is told. ownCloud computes its own three, and takes whatever is a part of that text: a
    value that is only begun too, but none in capitals.
    """
    if server.kind == "nextcloud":
        return claim
    own = f"SHA1:{hashed('sha1', path)} MD5:{hashed('md5', path)} ADLER32:{_adler32(path)}"
    if claim not in own:
        raise Refused(400, "The computed checksum does not match the one received from the client.")
    return own
