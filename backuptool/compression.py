"""gzip, chunks in, chunks out: what gunzip reads, made by isal where it has wheels.

isal level 1: 1.65 CPU s per GB at ratio 4.17; level 2 1.73 at 4.22, level 3 3.5 at 4.25; gzip -6 39.8 at 5.02. Of the
benchmark's two kinds of rows 1 takes 0.15 less than 2, at the same ratio (4.61 and 4.62; 3.25).
"""

from __future__ import annotations

import zlib
from collections.abc import Generator, Iterable, Iterator
from typing import Any

from backuptool.beside import beside
from backuptool.errors import VerificationError

try:
    from isal import isal_zlib

    deflate: Any = isal_zlib
except ImportError:  # no wheel for this machine: the same format from zlib, slower (7.1 CPU s per GB)
    deflate = zlib

LEVEL = 1
GZIP = 16 + zlib.MAX_WBITS
LONGEST_HEADER = 1 << 17  # bytes; an extra field has 64 KiB at most, a name 4
RESERVED = 0xE0  # of a header's flags: they must be zero (RFC 1952, 2.3.1); isal does not look at them
CHUNK = 1 << 20  # bytes: the most that is handed on at once, however well it was compressed


def compress(chunks: Iterable[bytes]) -> Generator[bytes, None, None]:
    """One gzip member of these chunks."""
    compressor: Any = deflate.compressobj(LEVEL, deflate.DEFLATED, GZIP)
    yield from filter(None, beside(compressor.compress, chunks))
    yield compressor.flush()


def decompress(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The content of exactly one gzip member, its checksum and length checked. Raises VerificationError."""
    expander: Any = deflate.decompressobj(GZIP)
    try:
        for chunk in headed(chunks):
            yield from _expand(expander, chunk)
    except (zlib.error, deflate.error) as error:
        raise VerificationError(f"the compressed data is damaged: {error}") from error
    if not expander.eof:
        raise VerificationError("the compressed data is cut short")


def headed(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The same bytes, a gzip's header in one chunk: isal 1.9 loses its place in one that is cut, where that has a
    checksum, or a name behind an extra field. Raises VerificationError."""
    rest, begin = iter(chunks), bytearray()
    for chunk in rest:
        begin += chunk
        if len(begin) >= LONGEST_HEADER:
            break
    if any(flags & RESERVED for flags in begin[3:4]):
        raise VerificationError("the compressed data is damaged: its header has a flag that means nothing")
    yield bytes(begin)
    yield from rest


def _expand(expander: Any, chunk: bytes) -> Iterator[bytes]:
    while made := expander.decompress(chunk, CHUNK):
        yield made
        chunk = expander.unconsumed_tail
    if expander.unused_data:
        raise VerificationError("there is something after the end of the compressed data")


def capped(chunks: Iterable[bytes], most: int) -> Iterator[bytes]:
    """The same chunks, no more than `most` bytes: a few bytes may expand to a thousand times as many.

    Raises VerificationError at the first chunk too many.
    """
    left = most
    for chunk in chunks:
        left -= len(chunk)
        if left < 0:
            raise VerificationError(f"the compressed data expands to more than {most} bytes")
        yield chunk


def measured(chunks: Iterable[bytes], size: int) -> Iterator[bytes]:
    """The same chunks, exactly `size` bytes. Raises VerificationError."""
    left = size
    for chunk in capped(chunks, size):
        left -= len(chunk)
        yield chunk
    if left:
        raise VerificationError(f"the compressed data expands to {size - left} bytes, not to {size}")
