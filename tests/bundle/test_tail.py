"""The end of a bundle alone proves who made it; a store hands out no more than that."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from pathlib import Path

import pytest

from backuptool.bundle import Keys, authenticate_tail, describe_tail, names
from backuptool.bundle.tail import LONGEST
from backuptool.errors import VerificationError
from backuptool.secret import Secret
from tests.bundle.sample import CHAIN, PASSPHRASE, STEM, KeyRing, make


def tail(content: bytes, keys: Keys, name: str = STEM.bundle) -> int:
    def read(start: int) -> Iterator[bytes]:
        yield content[start : start + 700]
        yield content[start + 700 :]

    return authenticate_tail(name, len(content), read, keys).sequence


@pytest.mark.parametrize(("sealed", "signed"), list(product((False, True), repeat=2)))
def test_the_tail_of_every_variant_is_proven(tmp_path: Path, ring: KeyRing, *, sealed: bool, signed: bool) -> None:
    content = make(tmp_path / "made", ring.sealing(sealed=sealed, signed=signed)).read_bytes()
    assert tail(content, ring.keys(sealed=sealed, signed=signed)) == CHAIN.sequence


def test_no_more_than_the_tail_is_read(tmp_path: Path) -> None:
    content = make(tmp_path / "made").read_bytes()
    whole = 10 << 20
    asked = []

    def read(start: int) -> Iterator[bytes]:
        asked.append(start)
        yield (bytes(whole) + content)[-(whole - start) :]

    assert authenticate_tail(STEM.bundle, whole, read, Keys.of(PASSPHRASE)).sequence == CHAIN.sequence
    assert asked == [whole - LONGEST]


BLOCK = b"COPY public.t (a) FROM stdin;\n%d\n\\.\n\n"
HEAD, END = b"--\n-- PostgreSQL database dump\n--\n\n", b"\n--\n-- PostgreSQL database dump complete\n--\n\n"


def test_the_contents_of_many_tables_are_found_before_the_tail_and_no_more_is_read(tmp_path: Path) -> None:
    tables = 6_000
    dump = HEAD + b"".join(BLOCK % number for number in range(tables)) + END
    content = make(tmp_path / "made", dump=dump).read_bytes()
    whole = 10 << 20
    asked = []

    def read(start: int) -> Iterator[bytes]:
        asked.append(start)
        yield (bytes(whole) + content)[-(whole - start) :]

    _, contents = describe_tail(STEM.bundle, whole, read, Keys.of(PASSPHRASE))
    assert contents is not None
    assert len(contents.dump.tables) == tables
    assert asked == [whole - LONGEST, whole - 16 * LONGEST]


def test_who_can_only_check_a_signature_is_told_what_it_is_and_no_contents(tmp_path: Path, ring: KeyRing) -> None:
    content = make(tmp_path / "made", ring.sealing(sealed=True, signed=True)).read_bytes()
    keys = Keys(signers=ring.signers)
    manifest, contents = describe_tail(STEM.bundle, len(content), lambda start: [content[start:]], keys)
    assert (manifest.sequence, contents) == (CHAIN.sequence, None)


@pytest.mark.parametrize("name", ["broker_db1_2026-11-24T040506Z.tar", "other_db1_2026-11-23T040506Z.tar", "x.tar"])
def test_a_renamed_bundle_is_refused(tmp_path: Path, name: str) -> None:
    content = make(tmp_path / "made").read_bytes()
    with pytest.raises(VerificationError):
        tail(content, Keys.of(PASSPHRASE), name)


def test_another_passphrase_is_refused(tmp_path: Path) -> None:
    with pytest.raises(VerificationError, match="does not open"):
        tail(make(tmp_path / "made").read_bytes(), Keys.of(Secret(b"wrong")))


@pytest.mark.parametrize("name", [names.MANIFEST, names.SUMS, names.HMAC])
def test_every_altered_byte_of_the_tail_is_refused(tmp_path: Path, name: str) -> None:
    content = bytearray(make(tmp_path / "made").read_bytes())
    start = content.rindex(name.encode() + b"\0")
    for position in range(start, start + 900, 13):
        content[position] ^= 4
        with pytest.raises(VerificationError):
            tail(bytes(content), Keys.of(PASSPHRASE))
        content[position] ^= 4
