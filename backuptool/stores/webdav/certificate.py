"""A client certificate: who we are, said in the TLS handshake."""

from __future__ import annotations

import shlex
import ssl
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from backuptool.errors import UsageError
from backuptool.passphrase import read_private

_KEY = b" PRIVATE KEY-----"
_PEM = "both are PEM; from a .p12 file: umask 077; openssl pkcs12 -in FILE.p12 -out NEW.pem -nodes"


@dataclass(frozen=True, slots=True)
class ClientCertificate:
    """The files of a certificate (PEM, its chain behind it) and of its key, which may be in the same file."""

    certificate: Path
    key: Path | None = None

    def load(self, context: ssl.SSLContext) -> None:
        """Show it to servers that ask for one. Raises UsageError for what no server could accept."""
        key = self._check()
        # Apache asks some time after the handshake, when the folder is known. RFC 8446, 4.6.2.
        context.post_handshake_auth = True
        try:
            context.load_cert_chain(self.certificate, key, password=lambda: _refuse(key))
        except ssl.SSLError as failure:
            if failure.reason == "KEY_VALUES_MISMATCH":
                hint = "name the key that the certificate was made for"
                raise UsageError(f"{key} is not the key of {self.certificate}", hint=hint) from None
            raise UsageError(f"{self.certificate} or the key in {key} cannot be read", hint=_PEM) from None

    def _check(self) -> Path:
        """Whether all is there, private where it must be; the file of the key."""
        content = read_private(self.certificate, "client certificate", closed_to=0)
        _check_dates(content, self.certificate)
        key = self.key or self.certificate
        if (self.key is None and _KEY not in content) or _KEY not in read_private(key, "client key"):
            hint = f"name the file of its key in client_key (curl: key); {_PEM}"
            raise UsageError(f"there is no private key in {key}", hint=hint)
        return key


def _check_dates(content: bytes, path: Path) -> None:
    from cryptography import x509  # noqa: PLC0415 - 0.05 s in each command, and few have a client certificate

    try:
        ends = x509.load_pem_x509_certificate(content).not_valid_after_utc
    except ValueError:
        raise UsageError(f"there is no certificate in {path}", hint=_PEM) from None
    if ends < datetime.now(UTC):
        hint = "get a new one from whoever runs the server"
        raise UsageError(f"the client certificate {path} expired on {ends:%Y-%m-%d}", hint=hint)


def _refuse(key: Path) -> str:
    """OpenSSL asks for the password here; without this, at the terminal."""
    command = f"umask 077; openssl pkey -in {shlex.quote(str(key))} -out NEW.pem"
    raise UsageError(
        f"the key in {key} is encrypted, and nobody is there at night to type its password",
        hint=f"decrypt it, the file itself is private: {command}",
    )
