"""How a key was made is told by evidence, never by luck; where there is none, a person is asked."""

from __future__ import annotations

import io
import os
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from backuptool.encryption import MD5, PBKDF2, SOP, Kdf, _encrypt, encrypt, pbkdf2
from backuptool.errors import VerificationError
from backuptool.past import OldBackup
from backuptool.past.derivation import HEAD, Attempt, attempts, choose
from backuptool.past.part import Part
from backuptool.secret import Secret

PASSPHRASE = Secret(b"correct horse")
QUICK = (SOP, MD5, pbkdf2(1), pbkdf2(2))  # of PAST, two take 0.2 s each time
GZIP = b"\x1f\x8b\x08\x00" + bytes(range(60))


def file_of(content: bytes) -> Part:
    return Part(Path("memory"), io.BytesIO(content), 0, len(content))


def made(plain: bytes, kdf: Kdf, salt: bytes = b"saltsalt") -> bytes:
    return b"".join(_encrypt([plain], PASSPHRASE, kdf, salt))


def found(file: Part, passphrase: Secret = PASSPHRASE, candidates: tuple[Kdf, ...] = QUICK) -> Attempt:
    return choose(attempts(file, [passphrase], candidates), file.size - HEAD)


@pytest.mark.parametrize("kdf", [PBKDF2, SOP, pbkdf2(10_000), MD5], ids=lambda kdf: kdf.name)
@pytest.mark.parametrize(
    ("plain", "kind"),
    [
        (GZIP, "gzip"),
        (b"--\n-- PostgreSQL database dump\n--\n", "sql"),
        (b"PGDMP\x01\x0e\x00" + bytes(13), "custom"),
        (b"", ""),
        (b"-- a dump by hand", ""),
        (bytes(100), ""),
    ],
    ids=["gzip", "dump", "custom format", "nothing", "text", "binary"],
)
def test_what_stock_openssl_made_by_default_is_told_from_the_file_alone(kdf: Kdf, plain: bytes, kind: str) -> None:
    file = file_of(b"".join(encrypt([plain], PASSPHRASE, kdf)))
    while len([one for one in attempts(file, [PASSPHRASE]) if one.padding]) > 1:  # once in 80 another padding fits
        file = file_of(b"".join(encrypt([plain], PASSPHRASE, kdf)))
    chosen = choose(attempts(file, [PASSPHRASE]), file.size - HEAD)
    assert (chosen.kdf.name, chosen.kind) == (kdf.name, kind)


@pytest.mark.parametrize("size", [*range(40), 1000, 1008])
def test_the_ends_of_a_file_say_what_decrypting_it_all_would(size: int) -> None:
    plain = os.urandom(size)
    (attempt,) = attempts(file_of(made(plain, SOP)), [PASSPHRASE], [SOP])
    assert attempt.padding == 16 - size % 16
    assert attempt.begin == (plain + bytes([attempt.padding]) * attempt.padding)[:16]


def two_that_fit(plain: bytes) -> bytes:
    """A file under SOP that ends in padding under MD5 too: one salt in 256 makes one."""
    for number in range(100_000):
        file = made(plain, SOP, number.to_bytes(8, "big"))
        salt, last = file[8:16], file[-32:] if len(file) > 32 else file[16:]
        key = MD5.derive(PASSPHRASE.reveal(), salt)
        if _padding(key, last):
            return file
    raise AssertionError


def _padding(key: bytes, last: bytes) -> bool:
    """PKCS#7, worked out once more without the code under test."""
    block = Cipher(algorithms.AES(key[:32]), modes.CBC(last[:-16] or key[32:])).decryptor().update(last[-16:])
    return 1 <= block[-1] <= 16 and block.endswith(bytes([block[-1]]) * block[-1])


@pytest.mark.parametrize("plain", [b"-- text, and quite long", b"short", bytes(200)])
def test_two_that_fit_are_refused_with_a_request_for_kdf(plain: bytes) -> None:
    file = file_of(two_that_fit(plain))
    with pytest.raises(VerificationError, match=r"several key derivations.*sop, md5") as caught:
        found(file)
    assert "--kdf sop or md5" in caught.value.hint
    assert found(file, candidates=(SOP,)).kdf is SOP


def test_the_gzip_header_decides_where_the_padding_of_two_fits() -> None:
    assert found(file_of(two_that_fit(GZIP))).kdf is SOP


# Forged: under both derivations this block opens to a gzip header. It took 2^27 tries.
FORGED = b"Salted__" + bytes.fromhex("0102030405060708") + bytes.fromhex("fdd514bb2b196ddc1f5fe7d67685c88b") + bytes(64)


@pytest.mark.parametrize(
    "begin",
    [
        b"\x1f\x8b\x07\x00",
        b"\x1f\x8b\x08\x20",
        b"\x1f\x8b\x08\xe0",
        b"\x1e\x8b\x08\x00",
        b"--\n-- MySQL dump",
        b"PGDMQ",
    ],
)
def test_what_only_looks_like_a_known_beginning_is_none(begin: bytes) -> None:
    (attempt,) = attempts(file_of(made(begin + bytes(30), SOP)), [PASSPHRASE], [SOP])
    assert attempt.kind == ""


def test_two_gzip_headers_are_a_forgery_and_refused() -> None:
    file = file_of(FORGED)
    assert [one.kdf for one in attempts(file, [PASSPHRASE], QUICK) if one.kind == "gzip"] == [SOP, MD5]
    with pytest.raises(VerificationError, match="several key derivations") as caught:
        found(file)
    assert "--kdf" in caught.value.hint


def test_a_known_md5_decides_what_nothing_else_does() -> None:
    file = file_of(two_that_fit(b"-- text, and quite long"))
    tried = attempts(file, [PASSPHRASE], QUICK)
    assert choose(tried, file.size - HEAD, lambda one: one.kdf is MD5).kdf is MD5
    with pytest.raises(VerificationError, match="no known key derivation"):
        choose(tried, file.size - HEAD, lambda _: False)


@pytest.mark.parametrize("length", [13, 14, 15, 29, 1007])
def test_short_padding_after_what_is_no_text_might_be_luck_and_is_refused(length: int) -> None:
    plain = b"\x00\xff" * (length // 2) + b"\x01" * (length % 2)
    file = file_of(_unlike_others(plain))
    with pytest.raises(VerificationError, match="speaks for sop: perhaps by luck") as caught:
        found(file)
    assert "--kdf sop" in caught.value.hint
    assert found(file, candidates=(SOP,)).kdf is SOP, "a person who knows may say so"


def _unlike_others(plain: bytes) -> bytes:
    """A file under SOP whose end is no padding under any other."""
    for number in range(1000):
        file = made(plain, SOP, number.to_bytes(8, "big"))
        last = file[-32:] if len(file) > 32 else file[16:]
        if not any(_padding(kdf.derive(PASSPHRASE.reveal(), file[8:16]), last) for kdf in QUICK[1:]):
            return file
    raise AssertionError


@pytest.mark.parametrize("plain", [b"thirteen char", b"fifteen letters", b"-- text of 31 characters, lines\n"[:31]])
def test_short_padding_after_text_is_enough(plain: bytes) -> None:
    assert found(file_of(_unlike_others(plain))).kdf is SOP


def test_a_wrong_passphrase_is_never_taken_for_the_right_one_by_luck() -> None:
    """Of 1,000 files of 1 block, 16 end in padding under one of 4 wrong keys; not one may be opened so."""
    lucky = 0
    for number in range(1000):
        file = file_of(b"Salted__" + number.to_bytes(8, "big") + os.urandom(16))
        tried = attempts(file, [Secret(b"wrong")], QUICK)
        lucky += any(one.padding for one in tried)
        with pytest.raises(VerificationError):
            choose(tried, file.size - HEAD)
    assert lucky > 2, "there must have been something to refuse"


def test_a_file_cut_between_blocks_is_not_laid_to_the_passphrase() -> None:
    """Its beginning told that passphrase and derivation are right."""
    file = file_of(made(GZIP, SOP)[:-16])
    opening = found(file)
    with pytest.raises(VerificationError, match="does not end as it should") as caught:
        list(OldBackup(file).plain(opening))
    assert (opening.kdf, caught.value.hint) == (SOP, VerificationError.advice)
