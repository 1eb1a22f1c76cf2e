"""The private half: what opens a sealed passphrase. It is made and used where backups are restored, nowhere else."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key

from backuptool.errors import UsageError, VerificationError
from backuptool.passphrase import passphrase_in, read_private
from backuptool.recipients.recipient import EXPONENT, PADDING, PRIVATE, fingerprint, public_pem
from backuptool.secret import Secret

NEW = 4096  # bits; 1 to 5 s to make here


@dataclass(frozen=True, slots=True)
class Identity:
    """A recipient's private key, and its public key's fingerprint."""

    key: RSAPrivateKey = field(repr=False)
    fingerprint: str

    def unseal(self, sealed: bytes) -> Secret:
        """The passphrase in `sealed`. Raises VerificationError."""
        try:
            content = self.key.decrypt(sealed, PADDING)
        except ValueError:
            raise VerificationError(
                "this identity does not open the sealed passphrase",
                hint="use the private key of one of the bundle's recipients; if that is this one, it was altered",
            ) from None
        try:
            return passphrase_in(content, "the sealed passphrase")
        except UsageError as error:
            raise VerificationError(error.message) from None


def new_identity() -> tuple[Secret, bytes]:
    """A new key pair in PEM: the private half (PKCS#8, not encrypted), the public half."""
    key = generate_private_key(EXPONENT, NEW)
    return Secret(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())), public_pem(key.public_key())


def read_identity(path: Path, ask: Callable[[], Secret] | None) -> Identity:
    """The RSA private key (PEM) in `path`; `ask` gives its password when it has one. Raises UsageError."""
    content = read_private(path, "identity")
    if PRIVATE not in content:
        raise UsageError(f"the identity {path} is no private key in PEM", hint="name a recipient's private key")
    key = _private_key(content, path, ask)
    if not isinstance(key, RSAPrivateKey):
        raise UsageError(f"the identity {path} is not an RSA key", hint="name a recipient's private key")
    return Identity(key, fingerprint(key.public_key()))


def _private_key(content: bytes, path: Path, ask: Callable[[], Secret] | None) -> Any:
    try:
        return load_pem_private_key(content, None)
    except TypeError:  # cryptography's word for: it is encrypted
        return _decrypted(content, path, ask)
    except (ValueError, UnsupportedAlgorithm):
        raise UsageError(
            f"the identity {path} is no private key that openssl reads",
            hint=f"openssl pkey -in {shlex.quote(str(path))} -noout -check",
        ) from None


def _decrypted(content: bytes, path: Path, ask: Callable[[], Secret] | None) -> Any:
    if ask is None:
        raise UsageError(
            f"the identity {path} is encrypted, and there is nobody to ask for its password",
            hint="run it at a terminal, or name a key without a password",
        )
    try:
        return load_pem_private_key(content, ask().reveal())
    except (TypeError, ValueError, UnsupportedAlgorithm):
        raise UsageError(f"this password does not open the identity {path}", hint="type it again") from None
