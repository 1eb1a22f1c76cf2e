"""Whether compressed data is whole, seen as it passes."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator
from typing import Any

from backuptool.compression import CHUNK, GZIP, deflate, headed
from backuptool.errors import VerificationError


def whole(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The same compressed chunks; raises VerificationError, at the latest at their end, where gunzip would complain.

    Several members one after the other are whole, as they are to gunzip.
    """
    expander: Any = deflate.decompressobj(GZIP)
    for chunk in headed(chunks):
        try:
            expander = _follow(expander, chunk)
        except (zlib.error, deflate.error) as error:
            raise VerificationError(f"the compressed data is damaged: {error}") from error
        yield chunk
    if not expander.eof:
        raise VerificationError("the compressed data is cut short")


def _follow(expander: Any, chunk: bytes) -> Any:
    """The expander after `chunk`: another one when a member ended in it and the next began."""
    while chunk:
        if expander.eof:
            expander = deflate.decompressobj(GZIP)
        while expander.decompress(chunk, CHUNK):
            chunk = expander.unconsumed_tail
        chunk = expander.unused_data if expander.eof else b""
    return expander
