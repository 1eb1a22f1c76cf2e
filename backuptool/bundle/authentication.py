"""SHA256SUMS and SHA256SUMS.hmac: what `openssl enc` lacks, in a form that stock tools check (see RECOVER.txt)."""

from __future__ import annotations

import hmac
import os
import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple, Self

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC

from backuptool.encryption import ITERATIONS
from backuptool.errors import VerificationError
from backuptool.secret import Secret

LINE = re.compile(
    rb"backuptool-mac-1 pbkdf2-hmac-sha512 600000 "
    rb"(?P<salt>[0-9a-f]{16}) (?P<check>[0-9a-f]{32}) (?P<mac>[0-9a-f]{64})\n"
)
ANOTHER_DAY = "use the passphrase file of the day it was made; if that is this one, the bundle was altered"
SUM = re.compile(rb"([0-9a-f]{64})  ([A-Za-z0-9._-]{1,100})\n")


class Mac(NamedTuple):
    """The fields of SHA256SUMS.hmac: SALT, CHECK, MAC, as bytes."""

    salt: bytes
    check: bytes
    mac: bytes


def sums(digests: dict[str, str]) -> bytes:
    """The text of SHA256SUMS for name → hex sha256, in order; passes `sha256sum -c --strict`."""
    return "".join(f"{digest}  {name}\n" for name, digest in digests.items()).encode("ascii")


def parse_sums(text: bytes) -> dict[str, str]:
    """The digests in an authenticated SHA256SUMS, in order. Raises VerificationError."""
    found = {name.decode(): digest.decode() for digest, name in SUM.findall(text)}
    if sums(found) != text:
        raise VerificationError("SHA256SUMS is not written as this format writes it")
    return found


@lru_cache(maxsize=4)  # 0.35 s; a bundle is read back under the salt it was made with, its tail before all of it
def _derive(passphrase: Secret, salt: bytes) -> tuple[bytes, bytes]:
    made = PBKDF2HMAC(hashes.SHA512(), 48, salt, ITERATIONS).derive(passphrase.reveal())
    return made[:32], made[32:]  # K | CHECK: the `key` and `iv` lines of openssl enc … -md sha512 -S SALT -P


@dataclass(frozen=True, slots=True)
class MacKey:
    """What SHA256SUMS.hmac is made with: K, which is secret, under SALT; CHECK tells a reader that he has it too."""

    salt: bytes
    check: bytes
    _secret: bytes = field(repr=False)

    @classmethod
    def new(cls, passphrase: Secret) -> Self:
        """A key under a new salt."""
        salt = os.urandom(8)
        secret, check = _derive(passphrase, salt)
        return cls(salt, check, secret)

    def line(self, text: bytes) -> bytes:
        """The line of SHA256SUMS.hmac for the bytes of SHA256SUMS."""
        salt, check, mac = (part.hex() for part in (self.salt, self.check, hmac.digest(self._secret, text, "sha256")))
        return f"backuptool-mac-1 pbkdf2-hmac-sha512 600000 {salt} {check} {mac}\n".encode()


def parse_line(line: bytes) -> Mac:
    """The fields of SHA256SUMS.hmac, the one line that is parsed unauthenticated. Raises VerificationError."""
    match = LINE.fullmatch(line)
    if match is None:
        raise VerificationError("SHA256SUMS.hmac is not the one line this format writes")
    return Mac(*(bytes.fromhex(match[name].decode()) for name in ("salt", "check", "mac")))


def authenticate(text: bytes, mac: Mac, passphrases: list[Secret], hint: str = ANOTHER_DAY) -> Secret:
    """The one of `passphrases` that made `mac` over `text`. Raises VerificationError; `hint`: where none did."""
    for passphrase in passphrases:
        key, expected = _derive(passphrase, mac.salt)
        if not hmac.compare_digest(expected, mac.check):
            continue
        if hmac.compare_digest(hmac.digest(key, text, "sha256"), mac.mac):
            return passphrase
        raise VerificationError("the bundle was altered: SHA256SUMS does not match its authentication code")
    raise VerificationError("this passphrase does not open the bundle", hint=hint)
