"""Files of `openssl enc`: ours are its, its are ours, and what is damaged is refused."""

from __future__ import annotations

import hashlib
import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backuptool.encryption import MD5, PBKDF2, SOP, Kdf, bare, decrypt, encrypt, kdf_named, opens_to_gzip, pbkdf2
from backuptool.errors import VerificationError
from backuptool.secret import Secret

VECTORS = json.loads((Path(__file__).parent / "vectors" / "openssl_enc.json").read_text())
PASSPHRASE = Secret(b"correct horse")
FAST = pbkdf2(1)
KDFS = {"(none)": SOP, "-md md5": MD5, "-md sha1": bare("sha1"), "-pbkdf2": pbkdf2(10_000)}


def kdf_of(options: str) -> Kdf:
    return KDFS.get(options) or pbkdf2(int(options.rsplit(" ", 1)[1]))


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["name"])
def test_a_file_that_openssl_made_decrypts_to_what_went_in(vector: dict[str, Any]) -> None:
    kdf, passphrase = kdf_of(vector["options"]), bytes.fromhex(vector["passphrase_hex"])
    made = kdf.derive(passphrase, bytes.fromhex(vector["salt"]))
    assert made.hex() == vector["key"] + vector["iv"]
    if vector["file_hex"] is not None:  # of the 1 MiB one only digests are kept
        plain = b"".join(decrypt([bytes.fromhex(vector["file_hex"])], Secret(passphrase), kdf))
        assert hashlib.sha256(plain).hexdigest() == vector["plaintext_sha256"]


def openssl(data: bytes, passphrase_file: Path, *options: str) -> bytes:
    command = ["openssl", "enc", "-aes-256-cbc", "-kfile", str(passphrase_file), *options]
    return subprocess.run(command, input=data, capture_output=True, check=True).stdout


@pytest.fixture
def passphrase_file(tmp_path: Path) -> Path:
    path = tmp_path / "passphrase"
    path.write_bytes(PASSPHRASE.reveal() + b"\n")
    return path


@pytest.mark.parametrize("kdf", [PBKDF2, SOP, MD5, FAST], ids=lambda kdf: kdf.name)
@pytest.mark.parametrize("size", [0, 1, 15, 16, 17, 1_000_003])
def test_openssl_reads_ours_and_we_read_its(kdf: Kdf, size: int, passphrase_file: Path) -> None:
    data = (b"0123456789abcde" * (size // 15 + 1))[:size]
    ours = b"".join(encrypt([data[:7], b"", data[7:]], PASSPHRASE, kdf))
    assert len(ours) == 32 + 16 * (size // 16)
    assert openssl(ours, passphrase_file, "-d", *kdf.options.split()) == data
    its = openssl(data, passphrase_file, "-e", *kdf.options.split())
    assert b"".join(decrypt([its], PASSPHRASE, kdf)) == data


@settings(max_examples=200, deadline=None)
@given(st.lists(st.binary(max_size=100), max_size=8), st.integers(1, 50))
def test_decrypting_undoes_encrypting_however_it_is_cut_in_chunks(chunks: list[bytes], step: int) -> None:
    made = b"".join(encrypt(chunks, PASSPHRASE, FAST))
    pieces = [made[start : start + step] for start in range(0, len(made), step)]
    assert b"".join(decrypt(pieces, PASSPHRASE, FAST)) == b"".join(chunks)


@pytest.mark.parametrize("length", [0, 5, 16, 31, 33])
def test_a_file_cut_within_a_block_is_refused(length: int) -> None:
    made = b"".join(encrypt([b"x" * 40], PASSPHRASE, FAST))
    with pytest.raises(VerificationError):
        list(decrypt([made[:length]], PASSPHRASE, FAST))


def test_a_file_that_is_not_of_openssl_is_refused_by_name() -> None:
    with pytest.raises(VerificationError, match="Salted__"):
        list(decrypt([b"-- PostgreSQL database dump, in plain"], PASSPHRASE, FAST))


@pytest.mark.parametrize("kdf", [PBKDF2, SOP, MD5], ids=lambda kdf: kdf.name)
def test_the_gzip_header_tells_how_the_key_was_made(kdf: Kdf) -> None:
    made = b"".join(encrypt([b"\x1f\x8b\x08" + bytes(60)], PASSPHRASE, kdf))
    assert opens_to_gzip(made[:32], PASSPHRASE) == [kdf]


def test_a_wrong_passphrase_opens_to_nothing() -> None:
    made = b"".join(encrypt([b"\x1f\x8b\x08" + bytes(60)], PASSPHRASE, SOP))
    assert opens_to_gzip(made[:32], Secret(b"battery staple")) == []


@pytest.mark.parametrize("name", ["pbkdf2:0", "pbkdf2:-1", "pbkdf2:10000001", "pbkdf2:1e6", "scrypt", ""])
def test_an_unknown_derivation_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="pbkdf2"):
        kdf_named(name)


def test_two_files_of_the_same_data_have_nothing_in_common() -> None:
    one, two = (b"".join(encrypt([b"same"], PASSPHRASE, FAST)) for _ in range(2))
    assert one[8:] != two[8:]
