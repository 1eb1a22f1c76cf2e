"""Who we are at a WebDAV server, read from a password file or from the SOP's curl config."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Self

from backuptool.errors import UsageError
from backuptool.secret import Secret
from backuptool.stores.webdav.curl_config import options

Scheme = Literal["any", "digest", "basic"]

_SCHEMES: dict[str, Scheme] = {"anyauth": "any", "digest": "digest", "basic": "basic"}
_NETRC = ("netrc", "netrc-file", "netrc-optional")


@dataclass(frozen=True, slots=True)
class Credentials:
    """User name, password, the scheme to insist on, and the CA certificates to trust instead of the system's."""

    user: str
    password: Secret
    scheme: Scheme = "any"
    ca_file: Path | None = None

    @classmethod
    def from_password_file(cls, user: str, path: Path) -> Self:
        """The password is the file's one line. Raises UsageError."""
        content = _read_private(path).removesuffix(b"\n")
        if not content:
            raise UsageError(f"the password file {path} is empty", hint="write the password into it, one line")
        if b"\n" in content or b"\r" in content or b"\0" in content:
            hint = "write the password alone, ended by a plain newline or by nothing"
            raise UsageError(f"the password file {path} holds more than one line", hint=hint)
        return cls(user, Secret(content))

    @classmethod
    def from_curl_config(cls, path: Path) -> Self:
        """What `curl -K path` would use: user, digest, basic, anyauth, cacert; no more. Raises UsageError."""
        found = dict[str, str]()
        scheme: Scheme = "any"
        for option, value in options(_read_private(path).decode("utf-8", "surrogateescape")):
            _refuse_netrc(option, path)
            scheme = _SCHEMES.get(option, scheme)
            found[option] = value
        user, colon, password = found.get("user", "").partition(":")
        if not (user and colon and password):
            raise UsageError(f"{path} gives no user name with a password", hint='add a line user = "NAME:PASSWORD"')
        ca_file = Path(found["cacert"]) if found.get("cacert") else None
        return cls(user, Secret(password.encode("utf-8", "surrogateescape")), scheme, ca_file)


def _refuse_netrc(option: str, path: Path) -> None:
    if option in _NETRC:
        hint = 'write user = "NAME:PASSWORD" into it instead'
        raise UsageError(f"{path} asks for a netrc file, which is not read", hint=hint)


def _read_private(path: Path) -> bytes:
    """The content of a file that others may not read."""
    try:
        with path.open("rb") as file:
            if os.fstat(file.fileno()).st_mode & 0o004:
                raise UsageError(f"everybody may read {path}, which holds a password", hint=f"chmod 600 {path}")
            return file.read()
    except OSError as failure:
        raise UsageError(
            f"cannot read {path}: {failure.strerror}", hint="check the path and who runs this"
        ) from failure
