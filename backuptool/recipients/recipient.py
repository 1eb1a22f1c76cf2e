"""The public half: what a bundle's passphrase is sealed for."""

from __future__ import annotations

import base64
import hashlib
import os
import shlex
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, OAEP
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key

from backuptool.errors import UsageError
from backuptool.secret import Secret

SMALLEST, LARGEST = 3072, 16384  # bits: good beyond 2030 (NIST SP 800-57 part 1); openssl takes no more
EXPONENT = 65537  # the least that NIST SP 800-56B allows; 3 is a common mistake
PADDING = OAEP(MGF1(hashes.SHA256()), hashes.SHA256(), None)
BEGIN, PUBLIC, PRIVATE = b"-----BEGIN ", b"-----BEGIN PUBLIC KEY-----", b"PRIVATE KEY-----"


@dataclass(frozen=True, slots=True)
class Recipient:
    """A public key, and the hex sha256 of its DER: `openssl pkey -pubin -in FILE -outform DER | sha256sum`."""

    key: RSAPublicKey = field(repr=False)
    fingerprint: str


def new_passphrase() -> Secret:
    """A new passphrase, as `openssl rand -base64 33` makes them: 264 random bits in 44 letters."""
    return Secret(base64.b64encode(os.urandom(33)))


def seal(passphrase: Secret, recipient: Recipient) -> bytes:
    """`passphrase` and a newline (a passphrase file), for `recipient` only: as many bytes as its key has."""
    return recipient.key.encrypt(passphrase.reveal() + b"\n", PADDING)


def read_recipients(paths: Sequence[Path]) -> tuple[Recipient, ...]:
    """The recipients in these files, in order. Raises UsageError, also when two are the same."""
    found: dict[str, Path] = {}
    recipients = tuple(map(read_recipient, paths))
    for recipient, path in zip(recipients, paths, strict=True):
        if recipient.fingerprint in found:
            raise UsageError(
                f"the recipients {found[recipient.fingerprint]} and {path} are the same key",
                hint="list every recipient once",
            )
        found[recipient.fingerprint] = path
    return recipients


def read_recipient(path: Path) -> Recipient:
    """The recipient whose public key (PEM) is in `path`. Raises UsageError."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise UsageError(f"the recipient {path}: {error.strerror}", hint="name a public key, in PEM") from error
    if PRIVATE in content:
        raise UsageError(
            f"THE RECIPIENT {path} HOLDS A PRIVATE KEY, and that opens every backup: it must not be on this host",
            hint="take it off this host; its public half is the recipient: "
            f"openssl pkey -in {shlex.quote(path.name)} -pubout",
        )
    if content.count(BEGIN) != 1 or PUBLIC not in content:
        raise UsageError(
            f"the recipient {path} is not one public key in PEM (-----BEGIN PUBLIC KEY-----)",
            hint="make it of the private key: openssl pkey -in identity.pem -pubout -out recipient.pem",
        )
    return _recipient(content, path)


def _recipient(content: bytes, path: Path) -> Recipient:
    try:
        key = load_pem_public_key(content)
    except (ValueError, UnsupportedAlgorithm):
        key = None
    # cryptography takes an RSA-PSS key too, which openssl does not decrypt with: its text is another one.
    if not isinstance(key, RSAPublicKey) or _letters(public_pem(key)) != _letters(content[content.index(PUBLIC) :]):
        raise UsageError(
            f"the recipient {path} is not an RSA public key as openssl writes it",
            hint="openssl genrsa -out identity.pem 4096, then openssl pkey -in identity.pem -pubout",
        )
    for wrong, reason in (
        (key.key_size < SMALLEST, f"has {key.key_size} bits; {SMALLEST} is the least"),
        (key.key_size > LARGEST, f"has {key.key_size} bits; {LARGEST} is the most"),
        (key.public_numbers().e < EXPONENT, f"has the public exponent {key.public_numbers().e}, which is not safe"),
    ):
        if wrong:
            raise UsageError(f"the recipient {path} {reason}", hint="openssl genrsa -out identity.pem 4096")
    return Recipient(key, fingerprint(key))


def _letters(pem: bytes) -> bytes:
    return b"".join(pem.split())


def public_pem(key: RSAPublicKey) -> bytes:
    """The text of a public key's file."""
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def fingerprint(key: RSAPublicKey) -> str:
    """The hex sha256 of a public key's DER (RFC 5280, SubjectPublicKeyInfo)."""
    return hashlib.sha256(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).hexdigest()
