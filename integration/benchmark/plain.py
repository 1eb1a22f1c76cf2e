"""What a plain dump says, however it was stored: two dumps of one database have one fingerprint."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from backuptool.sources.completeness import KEEP, RESTRICT


@dataclass(frozen=True, slots=True)
class Fingerprint:
    r"""The sha256 (hex) and the size in bytes of a dump without its \restrict token."""

    digest: str
    size: int


def fingerprint(chunks: Iterable[bytes]) -> Fingerprint:
    """The fingerprint of a plain dump."""
    digest, size = hashlib.sha256(), 0
    for chunk in _without_token(chunks):
        digest.update(chunk)
        size += len(chunk)
    return Fingerprint(digest.hexdigest(), size)


def _without_token(chunks: Iterable[bytes]) -> Iterator[bytes]:
    r"""Leave out the random token after \restrict at the top and \unrestrict at the end: that very one, no pattern."""
    held, rest = b"", iter(chunks)
    while len(held) < KEEP and (chunk := next(rest, b"")):
        held += chunk
    found = RESTRICT.search(held[:KEEP])
    token = found[1] if found else b""
    held = held.replace(token, b"", 1)
    for chunk in rest:
        yield held[:-KEEP]
        held = held[-KEEP:] + chunk
    before, _, after = held.rpartition(token) if token else (held, b"", b"")
    yield before + after
