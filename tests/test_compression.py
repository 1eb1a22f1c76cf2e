"""gzip that gunzip reads; one member, whole, or an error."""

from __future__ import annotations

import gzip
import os
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backuptool.compression import CHUNK, compress, decompress
from backuptool.errors import VerificationError
from backuptool.past.gunzip import whole


@settings(max_examples=100)
@given(st.lists(st.binary(max_size=300), max_size=8), st.integers(1, 40))
def test_expanding_undoes_compressing_however_it_is_cut_in_chunks(chunks: list[bytes], step: int) -> None:
    made = b"".join(compress(chunks))
    pieces = [made[start : start + step] for start in range(0, len(made), step)]
    assert b"".join(decompress(pieces)) == b"".join(chunks) == gzip.decompress(made)


def test_what_expands_enormously_comes_in_bounded_chunks() -> None:
    bomb = b"".join(compress([bytes(64 << 20)]))
    assert len(bomb) < 1 << 20
    assert max(map(len, decompress([bomb]))) <= CHUNK


@pytest.mark.parametrize("cut", [1, 4, 8, 9, 100])
def test_what_is_cut_short_is_refused(cut: int) -> None:
    made = b"".join(compress([os.urandom(1000)]))
    with pytest.raises(VerificationError):
        list(decompress([made[:-cut]]))


def test_a_wrong_checksum_is_refused() -> None:
    made = bytearray(b"".join(compress([b"data"])))
    made[-8] ^= 1
    with pytest.raises(VerificationError):
        list(decompress([bytes(made)]))


@pytest.mark.parametrize("joined", [True, False])
def test_a_second_member_or_anything_else_after_the_end_is_refused(joined: bool) -> None:
    made = b"".join(compress([b"data"]))
    with pytest.raises(VerificationError, match="after the end"):
        list(decompress([made + made] if joined else [made, b"\0"]))


@pytest.mark.parametrize("content", [b"", b"hello", b"-- plain"])
def test_what_is_no_gzip_is_refused(content: bytes) -> None:
    with pytest.raises(VerificationError):
        list(decompress([content]))


FHCRC, FEXTRA, FNAME, FCOMMENT = 2, 4, 8, 16  # flags in a header (RFC 1952, 2.3.1)
FIELDS = {FEXTRA: (70).to_bytes(2, "little") + b"e" * 70, FNAME: b"n" * 300 + b"\0", FCOMMENT: b"c" * 300 + b"\0"}


def headed(flags: int) -> bytes:
    """`data`, compressed, behind a header with all that these flags announce."""
    head = b"\x1f\x8b\x08" + bytes([flags, 0, 0, 0, 0, 0, 3])
    head += b"".join(field for flag, field in FIELDS.items() if flags & flag)
    if flags & FHCRC:
        head += (zlib.crc32(head) & 0xFFFF).to_bytes(2, "little")
    return head + gzip.compress(b"data")[10:]


@pytest.mark.parametrize("flags", range(0, 32, 2))
@pytest.mark.parametrize("step", [1, 7, 100, 1 << 20])
def test_every_header_that_gunzip_reads_is_read_however_it_is_cut_in_chunks(flags: int, step: int) -> None:
    """isal 1.9 itself loses its place in one that is cut."""
    made = headed(flags)
    assert gzip.decompress(made) == b"data"
    pieces = [made[start : start + step] for start in range(0, len(made), step)]
    assert b"".join(decompress(pieces)) == b"data"
    assert b"".join(whole(pieces)) == made


@pytest.mark.parametrize("bit", [5, 6, 7])
def test_a_flag_that_means_nothing_yet_is_refused(bit: int) -> None:
    """As the RFC asks and gunzip does: it may announce a field that nobody here would see."""
    with pytest.raises(VerificationError, match="flag"):
        list(decompress([headed(1 << bit)]))
