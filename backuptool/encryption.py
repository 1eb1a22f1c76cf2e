"""The file format of `openssl enc -aes-256-cbc`: `Salted__`, 8 bytes of salt, then CBC with PKCS#7 padding.

How the key was made is not in the file (openssl-enc(1)); it stands beside it, in the bundle's manifest and RECOVER.txt.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain
from typing import Self

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers import Cipher, CipherContext, algorithms, modes
from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC
from cryptography.hazmat.primitives.padding import PKCS7

from backuptool.errors import VerificationError
from backuptool.secret import Secret

MAGIC = b"Salted__"
SALT = 8
BLOCK = 16
KEY = 32
ITERATIONS = 600_000  # OWASP's figure for PBKDF2-HMAC-SHA256, 2023; 0.2 s here


@dataclass(frozen=True, slots=True)
class Kdf:
    """How a passphrase and the file's salt become key and iv; `options` are the words `openssl enc` needs for it."""

    name: str
    options: str
    derive: Callable[[bytes, bytes], bytes] = field(repr=False)  # (passphrase, salt) -> 48 bytes: key | iv


def pbkdf2(iterations: int = ITERATIONS) -> Kdf:
    """`openssl enc -pbkdf2 -iter N`: PBKDF2-HMAC-SHA256, key and iv from one output of 48 bytes."""
    name = "pbkdf2" if iterations == ITERATIONS else f"pbkdf2:{iterations}"

    def derive(passphrase: bytes, salt: bytes) -> bytes:
        return PBKDF2HMAC(hashes.SHA256(), KEY + BLOCK, salt, iterations).derive(passphrase)

    return Kdf(name, f"-pbkdf2 -iter {iterations} -md sha256", derive)


def bare(digest: str) -> Kdf:
    """`openssl enc` without -pbkdf2: EVP_BytesToKey(3), one round; sha256 since OpenSSL 1.1.0, md5 before."""

    def derive(passphrase: bytes, salt: bytes) -> bytes:
        made = block = b""
        while len(made) < KEY + BLOCK:
            block = hashlib.new(digest, block + passphrase + salt, usedforsecurity=False).digest()
            made += block
        return made[: KEY + BLOCK]

    return Kdf("sop" if digest == "sha256" else digest, f"-md {digest}", derive)


PBKDF2 = pbkdf2()
SOP = bare("sha256")
MD5 = bare("md5")
WRITABLE = {kdf.name: kdf for kdf in (PBKDF2, SOP)}
PAST = (PBKDF2, SOP, pbkdf2(10_000), MD5)  # ours, and what stock openssl made by default, then and now


def kdf_named(name: str) -> Kdf:
    """The derivation that `--kdf NAME` means: pbkdf2, pbkdf2:N, sop (= sha256) or md5. Raises ValueError."""
    kind, colon, count = name.partition(":")
    if kind == "pbkdf2" and colon:
        return pbkdf2(_iterations(count))
    known = {"pbkdf2": PBKDF2, "sop": SOP, "sha256": SOP, "md5": MD5}
    if name not in known:
        raise ValueError(f"unknown key derivation {name!r}: pbkdf2, pbkdf2:N, sop or md5")
    return known[name]


def _iterations(text: str) -> int:
    most = 10_000_000  # 3 s here; more is a typing error or an attack
    if not text.isascii() or not text.isdigit() or len(text) > 8 or not 1 <= int(text) <= most:
        raise ValueError(f"pbkdf2 takes 1 to {most} iterations, not {text!r}")
    return int(text)


@dataclass(frozen=True, slots=True)
class FileKey:
    """The salt of one file, and key and iv derived with it: for that file only."""

    salt: bytes
    _derived: bytes = field(repr=False)

    @classmethod
    def new(cls, passphrase: Secret, kdf: Kdf, salt: bytes = b"") -> Self:
        """A key under a new salt, or under this one."""
        salt = salt or os.urandom(SALT)
        return cls(salt, kdf.derive(passphrase.reveal(), salt))

    def cipher(self) -> Cipher[modes.CBC]:
        """AES-256-CBC under this key and iv."""
        return Cipher(algorithms.AES(self._derived[:KEY]), modes.CBC(self._derived[KEY:]))


def _cipher(passphrase: Secret, salt: bytes, kdf: Kdf) -> Cipher[modes.CBC]:
    return FileKey.new(passphrase, kdf, salt).cipher()


def encrypt(chunks: Iterable[bytes], passphrase: Secret, kdf: Kdf = PBKDF2) -> Iterator[bytes]:
    """What `openssl enc -e -aes-256-cbc` would write of these chunks, under a new salt."""
    return _encrypt(chunks, passphrase, kdf, os.urandom(SALT))


def _encrypt(chunks: Iterable[bytes], passphrase: Secret, kdf: Kdf, salt: bytes) -> Iterator[bytes]:
    return encrypt_under(chunks, lambda: FileKey.new(passphrase, kdf, salt))


def encrypt_under(chunks: Iterable[bytes], key: Callable[[], FileKey]) -> Iterator[bytes]:
    """The same under a key that may still be on its way: it is asked for when the first chunk is there."""
    coming = iter(chunks)
    first = next(coming, b"")
    made = key()
    encryptor, padder = made.cipher().encryptor(), PKCS7(BLOCK * 8).padder()
    yield MAGIC + made.salt
    # PKCS7 is over the last block only; bigger pieces go around the padder, which would copy them.
    rest = b""
    for chunk in chain([first], coming):
        whole = (len(rest) + len(chunk)) // BLOCK * BLOCK
        piece = rest + chunk if rest else chunk
        rest = piece[whole:]
        yield encryptor.update(memoryview(piece)[:whole])
    yield encryptor.update(padder.update(rest) + padder.finalize()) + encryptor.finalize()


def decrypt(chunks: Iterable[bytes], passphrase: Secret, kdf: Kdf = PBKDF2) -> Iterator[bytes]:
    """What `openssl enc -d -aes-256-cbc` would write. Raises VerificationError where it would have guessed.

    CBC proves nothing (200 of 200 flipped bits pass): authenticate the ciphertext first.
    """
    decryptor: CipherContext | None = None
    held = b""  # the last block is padding: it is never handed on before the end is known
    for chunk in chunks:
        held += chunk
        if decryptor is None:
            if len(held) < len(MAGIC) + SALT:
                continue
            decryptor = _cipher(passphrase, salt_of(held), kdf).decryptor()
            held = held[len(MAGIC) + SALT :]
        ready = max(0, (len(held) - 1) // BLOCK * BLOCK)
        if ready:
            yield decryptor.update(memoryview(held)[:ready])
            held = held[ready:]
    if decryptor is None or len(held) != BLOCK:
        raise VerificationError("the encrypted data is cut short")
    yield _unpadded(decryptor.update(held))


def _unpadded(block: bytes) -> bytes:
    unpadder = PKCS7(BLOCK * 8).unpadder()
    try:
        return unpadder.update(block) + unpadder.finalize()
    except ValueError:
        raise VerificationError("the encrypted data does not end as it should") from None


def salt_of(head: bytes) -> bytes:
    """The salt in the first 16 bytes of an `openssl enc` file. Raises VerificationError when it is none."""
    if len(head) < len(MAGIC) + SALT or not head.startswith(MAGIC):
        raise VerificationError("this is no file made by `openssl enc`: it does not begin with Salted__")
    return head[len(MAGIC) : len(MAGIC) + SALT]


def ends(salt: bytes, first: bytes, last: bytes, passphrase: Secret, kdf: Kdf) -> tuple[bytes, int]:
    """The first 16 bytes of plaintext, padding and all, and how long the padding at the end is: 1 to 16, 0 when none.

    `first` is the first block of ciphertext, `last` the last two (or the one, where there is but one).
    """
    made = kdf.derive(passphrase.reveal(), salt)
    begin = _block(made[:KEY], made[KEY:], first)
    end = _block(made[:KEY], last[:-BLOCK] or made[KEY:], last[-BLOCK:])
    try:
        return begin, BLOCK - len(_unpadded(end))
    except VerificationError:
        return begin, 0


def _block(key: bytes, iv: bytes, block: bytes) -> bytes:
    return Cipher(algorithms.AES(key), modes.CBC(iv)).decryptor().update(block)
