"""Who we are at a WebDAV server, read from a password file, a token file or the SOP's curl config."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Self

from backuptool.errors import UsageError
from backuptool.passphrase import read_private
from backuptool.secret import Secret
from backuptool.stores.webdav.curl_config import options

Scheme = Literal["any", "digest", "basic", "bearer"]

_SCHEMES: dict[str, Scheme] = {"anyauth": "any", "digest": "digest", "basic": "basic"}

# What cannot be left out without doing something else than curl did: the reason, the hint.
_NETRC = "asks for a netrc file, which is not read", 'write user = "NAME:PASSWORD" into it instead'
_CLIENT = "names a client certificate, which is not supported yet", "use a user name and password"
_REFUSED = {
    **dict.fromkeys(("netrc", "netrc-file", "netrc-optional"), _NETRC),
    **dict.fromkeys(("cert", "key", "pass"), _CLIENT),
    "insecure": ("turns off the check of certificates", 'name the CA\'s certificate instead: cacert = "/PATH/ca.pem"'),
    "proxy-user": ("has a password for the proxy, which is not supported", "use a proxy that needs none"),
}


@dataclass(frozen=True, slots=True)
class Credentials:
    """User name, password, the scheme to insist on; with `bearer` the password is the token, and there is no user name.

    Besides what else a curl config may say: the CA certificates to trust instead of the system's, the proxy.
    """

    user: str
    password: Secret
    scheme: Scheme = "any"
    ca_file: Path | None = None
    proxy: str = ""

    @classmethod
    def from_password_file(cls, user: str, path: Path) -> Self:
        """The password is the file's one line. Raises UsageError."""
        return cls(user, Secret(_line(path, "password")))

    @classmethod
    def from_token_file(cls, path: Path) -> Self:
        """The bearer token (RFC 6750) is the file's one line. Raises UsageError."""
        return cls._bearing(_line(path, "token"), f"the token file {path}")

    @classmethod
    def _bearing(cls, token: bytes, what: str) -> Self:
        if re.fullmatch(rb"[!-~]+", token) is None:
            hint = "write the token alone, without the word Bearer before it"
            raise UsageError(f"{what} holds something else than a token: it has blanks or no ASCII", hint=hint)
        return cls("", Secret(token), "bearer")

    @classmethod
    def from_curl_config(cls, path: Path) -> Self:
        """What `curl -K path` would use: user, digest, basic, anyauth, cacert, proxy; no more. Raises UsageError."""
        found = dict[str, str]()
        scheme: Scheme = "any"
        for option, value in options(read_private(path, "curl config").decode("utf-8", "surrogateescape")):
            if option in _REFUSED:
                reason, hint = _REFUSED[option]
                raise UsageError(f"the curl config {path} {reason}", hint=hint)
            scheme = _SCHEMES.get(option, scheme)
            found[option] = value
        user, colon, password = found.get("user", "").partition(":")
        if not (user and colon and password):
            raise UsageError(f"{path} gives no user name with a password", hint='add a line user = "NAME:PASSWORD"')
        ca_file = Path(found["cacert"]) if found.get("cacert") else None
        return cls(user, Secret(password.encode("utf-8", "surrogateescape")), scheme, ca_file, found.get("proxy", ""))


def _line(path: Path, what: str) -> bytes:
    """The one line of the `what` file, without its end. Raises UsageError."""
    content = read_private(path, f"{what} file").removesuffix(b"\n")
    if not content:
        raise UsageError(f"the {what} file {path} is empty", hint=f"write the {what} into it, one line")
    if b"\r" in content:
        hint = f"remove it: sed -i 's/\\r//g' {shlex.quote(str(path))}"
        raise UsageError(f"the {what} file {path} has a carriage return (Windows line ends?)", hint=hint)
    if b"\n" in content or b"\0" in content:
        hint = f"write the {what} alone, ended by a plain newline or by nothing"
        raise UsageError(f"the {what} file {path} holds more than one line", hint=hint)
    return content
