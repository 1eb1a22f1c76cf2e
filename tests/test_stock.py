"""The openssl command in the place of our cipher: the same bytes, and every failure is seen."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator

import pytest

from backuptool.encryption import MD5, PBKDF2, SOP, Kdf, _encrypt, encrypt
from backuptool.errors import VerificationError
from backuptool.secret import Secret
from backuptool.stock import by_openssl, openssl_version

PASSPHRASE = Secret("päss word\\ $x".encode())


@pytest.mark.parametrize("kdf", [PBKDF2, SOP, MD5], ids=lambda kdf: kdf.name)
@pytest.mark.parametrize("size", [0, 1, 16, 3_000_001])
def test_openssl_reads_what_we_wrote(kdf: Kdf, size: int) -> None:
    plain = os.urandom(size)
    assert b"".join(by_openssl(encrypt([plain], PASSPHRASE, kdf), PASSPHRASE, kdf)) == plain


def test_a_wrong_passphrase_is_an_error() -> None:
    made = list(_encrypt([b"x" * 1000], PASSPHRASE, PBKDF2, b"saltsalt"))  # one salt in 256 would pass by luck
    with pytest.raises(VerificationError, match="openssl: "):
        list(by_openssl(iter(made), Secret(b"wrong"), PBKDF2))


def test_chunks_that_fail_are_never_taken_for_the_end() -> None:
    whole = b"".join(encrypt([os.urandom(3_000_000)], PASSPHRASE))

    def cut() -> Iterator[bytes]:
        yield whole[: 16 * 1000]
        raise OSError("the disk")

    with pytest.raises(OSError, match="the disk"):
        list(by_openssl(cut(), PASSPHRASE, PBKDF2))


def test_a_reader_that_stops_early_leaves_no_thread() -> None:
    before = set(threading.enumerate())
    coming = by_openssl(encrypt([os.urandom(30_000_000)], PASSPHRASE), PASSPHRASE, PBKDF2)
    assert next(coming)
    coming.close()  # type: ignore[attr-defined] # it is a generator
    assert set(threading.enumerate()) <= before


def test_the_passphrase_is_in_no_argument(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    assert b"".join(by_openssl(encrypt([b"x"], Secret(b"needle")), Secret(b"needle"), PBKDF2)) == b"x"
    assert "openssl enc -d" in caplog.text
    assert "needle" not in caplog.text


def test_openssl_says_which_it_is() -> None:
    assert openssl_version().startswith("OpenSSL ")
