"""Who we are at a WebDAV server, read from a password file, a token file or the SOP's curl config."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, Self

from backuptool.errors import UsageError
from backuptool.passphrase import read_line
from backuptool.secret import Secret
from backuptool.stores.webdav.certificate import ClientCertificate
from backuptool.stores.webdav.curl_config import CurlConfig

Scheme = Literal["any", "digest", "basic", "bearer", "certificate"]


@dataclass(frozen=True, slots=True)
class Credentials:
    """User name, password, the scheme to insist on.

    With `bearer` the password is the token, and there is no user name; with `certificate` there is neither. Besides
    what else a curl config may say: the client certificate, the CA certificates to trust instead of the system's, the
    proxy, bytes a second.
    """

    user: str
    password: Secret
    scheme: Scheme = "any"
    ca_file: Path | None = None
    proxy: str = ""
    certificate: ClientCertificate | None = None
    rate: float = math.inf

    @classmethod
    def of_certificate(cls) -> Self:
        """A client certificate says enough."""
        return cls("", Secret(b""), "certificate")

    @classmethod
    def from_password_file(cls, user: str, path: Path) -> Self:
        """The password is the file's one line. Raises UsageError."""
        return cls(user, read_line(path, "password"))

    @classmethod
    def from_token_file(cls, path: Path) -> Self:
        """The bearer token (RFC 6750) is the file's one line. Raises UsageError."""
        return cls._bearing(read_line(path, "token").reveal(), f"the token file {path}")

    @classmethod
    def _bearing(cls, token: bytes, what: str) -> Self:
        if re.fullmatch(rb"[!-~]+", token) is None:
            hint = "write the token alone, without the word Bearer before it"
            raise UsageError(f"{what} holds something else than a token: it has blanks or no ASCII", hint=hint)
        return cls("", Secret(token), "bearer")

    @classmethod
    def from_curl_config(cls, path: Path) -> Self:
        """What `curl -K path` would use of what is in curl_config.KNOWN. Raises UsageError."""
        found = CurlConfig.read(path)
        own = cls._own(found)
        ca_file = Path(found.values["cacert"]) if found.values.get("cacert") else None
        proxy, rate = found.values.get("proxy", ""), found.rate()
        return replace(own, ca_file=ca_file, proxy=proxy, certificate=found.certificate(), rate=rate)

    @classmethod
    def _own(cls, found: CurlConfig) -> Self:
        if (token := found.values.get("oauth2-bearer")) is not None:
            if found.schemes:
                hint = f"keep oauth2-bearer or {' and '.join(sorted(found.schemes))}"
                raise UsageError(f"the curl config {found.path} names a token and another way", hint=hint)
            return cls._bearing(token.encode("utf-8", "surrogateescape"), f"oauth2-bearer in {found.path}")
        user, colon, password = found.values.get("user", "").partition(":")
        if not (user or password) and found.values.get("cert"):
            return cls.of_certificate()
        if not (user and colon and password):
            hint = 'add a line user = "NAME:PASSWORD"'
            raise UsageError(f"{found.path} gives no user name with a password", hint=hint)
        scheme: Scheme = "any"
        if len(found.schemes) == 1:  # with several, curl too takes the safest that the server offers
            scheme = "digest" if "digest" in found.schemes else "basic" if "basic" in found.schemes else "any"
        return cls(user, Secret(password.encode("utf-8", "surrogateescape")), scheme)
