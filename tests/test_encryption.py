"""Files of `openssl enc`: ours are its, its are ours, and what is damaged is refused."""

from __future__ import annotations

import hashlib
import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from backuptool.encryption import (
    MD5,
    PBKDF2,
    SOP,
    Kdf,
    _encrypt,
    bare,
    decrypt,
    encrypt,
    kdf_named,
    pbkdf2,
)
from backuptool.errors import UsageError, VerificationError
from backuptool.passphrase import read_passphrase
from backuptool.secret import Secret

VECTORS = json.loads((Path(__file__).parent / "vectors" / "openssl_enc.json").read_text())
WITH_FILE = [vector for vector in VECTORS if vector["file_hex"] is not None]
PASSPHRASE = Secret(b"correct horse")
FAST = pbkdf2(1)
KDFS = {"(none)": SOP, "-md md5": MD5, "-md sha1": bare("sha1"), "-pbkdf2": pbkdf2(10_000)}
BY_FILE = "kfile-crlf"  # openssl drops the CR; such a file is refused, because -pass file: keeps it


def name_of(vector: dict[str, Any]) -> str:
    return str(vector["name"])


def kdf_of(options: str) -> Kdf:
    return KDFS.get(options) or pbkdf2(int(options.rsplit(" ", 1)[1]))


def words(vector: dict[str, Any]) -> list[str]:
    return [] if vector["options"] == "(none)" else vector["options"].split()


def test_there_are_vectors_of_every_kind() -> None:
    assert len(VECTORS) == 14
    assert len(WITH_FILE) == 13, "of the one of 1 MiB, only digests are kept"
    assert {vector["options"] for vector in VECTORS} == {*KDFS, "-pbkdf2 -iter 600000"}


@pytest.mark.parametrize("vector", VECTORS, ids=name_of)
def test_key_and_iv_are_those_of_openssl(vector: dict[str, Any]) -> None:
    made = kdf_of(vector["options"]).derive(bytes.fromhex(vector["passphrase_hex"]), bytes.fromhex(vector["salt"]))
    assert made.hex() == vector["key"] + vector["iv"]
    assert vector["file_len"] == 32 + 16 * (vector["plaintext_len"] // 16)


@pytest.mark.parametrize("vector", VECTORS, ids=name_of)
def test_its_passphrase_is_what_we_read_from_its_file_or_the_file_is_refused(
    vector: dict[str, Any], tmp_path: Path
) -> None:
    path = tmp_path / "passphrase"
    path.touch(mode=0o600)
    path.write_bytes(bytes.fromhex(vector["pass_file_hex"]))
    if vector["name"] == BY_FILE:
        with pytest.raises(UsageError, match="carriage return"):
            read_passphrase(path)
    else:
        assert read_passphrase(path).reveal().hex() == vector["passphrase_hex"]


@pytest.mark.parametrize("vector", WITH_FILE, ids=name_of)
def test_a_file_that_openssl_made_decrypts_to_what_went_in(vector: dict[str, Any]) -> None:
    passphrase = Secret(bytes.fromhex(vector["passphrase_hex"]))
    plain = b"".join(decrypt([bytes.fromhex(vector["file_hex"])], passphrase, kdf_of(vector["options"])))
    assert plain.hex() == vector["plaintext_hex"]
    assert hashlib.sha256(plain).hexdigest() == vector["plaintext_sha256"]


@pytest.mark.parametrize("vector", WITH_FILE, ids=name_of)
def test_what_we_encrypt_under_its_salt_is_byte_for_byte_its_file(vector: dict[str, Any]) -> None:
    passphrase, salt = Secret(bytes.fromhex(vector["passphrase_hex"])), bytes.fromhex(vector["salt"])
    made = b"".join(_encrypt([bytes.fromhex(vector["plaintext_hex"])], passphrase, kdf_of(vector["options"]), salt))
    assert made.hex() == vector["file_hex"]
    assert hashlib.sha256(made).hexdigest() == vector["file_sha256"]


@pytest.mark.parametrize("vector", WITH_FILE, ids=name_of)
def test_the_openssl_of_this_host_reads_them_too(vector: dict[str, Any], tmp_path: Path) -> None:
    (tmp_path / "passphrase").write_bytes(bytes.fromhex(vector["pass_file_hex"]))
    plain = openssl(bytes.fromhex(vector["file_hex"]), tmp_path / "passphrase", "-d", *words(vector))
    assert plain.hex() == vector["plaintext_hex"]


def openssl(data: bytes, passphrase_file: Path, *options: str) -> bytes:
    command = ["openssl", "enc", "-aes-256-cbc", "-kfile", str(passphrase_file), *options]
    return subprocess.run(command, input=data, capture_output=True, check=True).stdout


@pytest.fixture(scope="module")
def passphrase_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("passphrase") / "file"
    path.touch(mode=0o600)
    path.write_bytes(PASSPHRASE.reveal() + b"\n")
    return path


@pytest.mark.parametrize("kdf", [PBKDF2, SOP, MD5, FAST], ids=lambda kdf: kdf.name)
@pytest.mark.parametrize("size", [0, 16, 1_000_003])
def test_openssl_reads_ours_and_we_read_its(kdf: Kdf, size: int, passphrase_file: Path) -> None:
    data = (b"0123456789abcde" * (size // 15 + 1))[:size]
    ours = b"".join(encrypt([data[:7], b"", data[7:]], PASSPHRASE, kdf))
    assert len(ours) == 32 + 16 * (size // 16)
    assert openssl(ours, passphrase_file, "-d", *kdf.options.split()) == data
    its = openssl(data, passphrase_file, "-e", *kdf.options.split())
    assert b"".join(decrypt([its], PASSPHRASE, kdf)) == data


def test_the_highest_count_that_is_taken_is_openssls_too() -> None:
    """Its file was made once, by `openssl enc -e -pbkdf2 -iter 10000000 -S 0123456789abcdef`: each way is 10 s."""
    its = b"Salted__" + bytes.fromhex("0123456789abcdef4bca339eb6985e7fba13c1c7b75db90a")
    assert b"".join(decrypt([its], PASSPHRASE, kdf_named("pbkdf2:10000000"))) == b"-- slow"


# What read_passphrase takes: one line of 2 to 127 bytes without NUL and CR, with its end or without.
LINES = st.binary(min_size=2, max_size=127).filter(lambda line: not {0, 10, 13} & set(line))
COUNTS = st.integers(1, 20_000)  # 600,000, ours, has its example; 10,000,000, the most, a test: they take seconds
ANY_KDF = st.sampled_from(["sop", "md5"]) | COUNTS.map("pbkdf2:{}".format)


@pytest.fixture(scope="module")
def changing_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("changing") / "file"
    path.touch(mode=0o600)
    return path


@settings(max_examples=60)
@given(st.binary(max_size=200), LINES, st.sampled_from([b"", b"\n"]), ANY_KDF)
@example(b"", b"ab", b"", "pbkdf2:1")
@example(b"ours", b"ab cd", b"\n", "pbkdf2")
@example(bytes(16), b"x" * 127, b"\n", "md5")
def test_any_bytes_under_any_passphrase_and_derivation_go_both_ways(
    changing_file: Path, data: bytes, line: bytes, end: bytes, name: str
) -> None:
    changing_file.write_bytes(line + end)
    passphrase, kdf = read_passphrase(changing_file), kdf_named(name)
    ours = b"".join(encrypt([data], passphrase, kdf))
    assert openssl(ours, changing_file, "-d", *kdf.options.split()) == data
    its = openssl(data, changing_file, "-e", *kdf.options.split())
    assert len(its) == len(ours)
    assert b"".join(decrypt([its], passphrase, kdf)) == data


@settings(max_examples=200)
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


@pytest.mark.parametrize(
    "name",
    ["pbkdf2:0", "pbkdf2:-1", "pbkdf2:10000001", "pbkdf2:1e6", "pbkdf2:", f"pbkdf2:{'9' * 5000}", "pbkdf2:²", "scrypt",
     "sop:1", "MD5", ""],
)  # fmt: skip
def test_an_unknown_derivation_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="pbkdf2"):
        kdf_named(name)


@pytest.mark.parametrize(
    ("name", "is_named"), [("sha256", "sop"), ("pbkdf2:600000", "pbkdf2"), ("pbkdf2:7", "pbkdf2:7")]
)
def test_a_derivation_is_known_by_its_names(name: str, is_named: str) -> None:
    assert kdf_named(name).name == is_named


def test_two_files_of_the_same_data_have_nothing_in_common() -> None:
    one, two = (b"".join(encrypt([b"same"], PASSPHRASE, FAST)) for _ in range(2))
    assert one[8:] != two[8:]
