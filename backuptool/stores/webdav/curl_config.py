"""What a `curl -K` file says that matters here; the SOP keeps user name and password in one."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from backuptool.errors import UsageError
from backuptool.passphrase import read_text
from backuptool.stores.webdav.certificate import ClientCertificate
from backuptool.stores.webdav.curl_options import options
from backuptool.stores.webdav.pace import bytes_a_second

KNOWN = ("user", "oauth2-bearer", "cacert", "cert", "key", "proxy", "limit-rate", "digest", "basic", "anyauth")
_SCHEMES = ("digest", "basic", "anyauth")
_FILES = ("cacert", "cert", "key")
# What cannot be left out without doing something else than curl did: the reason, the hint.
_NETRC = "asks for a netrc file, which is not read", 'write user = "NAME:PASSWORD" into it instead'
_DECRYPT = "decrypt the key, the file itself is private: umask 077; openssl pkey -in KEY -out NEW.pem"
_OTHER = "asks for a way to log in that is not supported", "use digest, basic or oauth2-bearer"
_SOCKS = "names a proxy that is no http proxy", 'write proxy = "http://HOST:PORT", or leave it out'
_REFUSED = {
    **dict.fromkeys(("netrc", "netrc-file", "netrc-optional"), _NETRC),
    **dict.fromkeys(("ntlm", "ntlm-wb", "negotiate", "aws-sigv4"), _OTHER),
    **dict.fromkeys(("socks4", "socks4a", "socks5", "socks5-hostname", "preproxy", "proxy1.0"), _SOCKS),
    "pass": ("has a password for a client certificate's key, which is not supported", _DECRYPT),
    "insecure": ("turns off the check of certificates", 'name the CA\'s certificate instead: cacert = "/PATH/ca.pem"'),
    "crlfile": ("asks whether certificates were revoked, which is not looked up", "trust fewer CAs: cacert"),
    "pinnedpubkey": (
        "insists on the server's key, which is not supported",
        'insist on its certificate: cacert = "/PATH/its.pem"',
    ),
    "proxy-user": ("has a password for the proxy, which is not supported", "use a proxy that needs none"),
}
_AUTHORIZATION = (
    "has an Authorization header, which is not read",
    'write oauth2-bearer = "TOKEN" or user = "NAME:PASSWORD" instead',
)


@dataclass(frozen=True, slots=True)
class CurlConfig:
    """The last value of each option that is known, and the ways to log in that are asked for."""

    path: Path
    values: dict[str, str]
    schemes: frozenset[str]

    @classmethod
    def read(cls, path: Path) -> Self:
        """What the file at `path` says. Raises UsageError, also for what only curl could do."""
        values, schemes = dict[str, str](), set[str]()
        for option, value in options(read_text(path, "curl config").decode("utf-8", "surrogateescape")):
            refused = _refused(option, value)
            if refused:
                reason, hint = refused
                raise UsageError(f"the curl config {path} {reason}", hint=hint)
            if option in _SCHEMES:
                schemes.add(option)
            elif option.startswith("no-"):
                schemes.discard(option.removeprefix("no-"))
            if option in KNOWN:
                values[option] = value
        return cls(path, values, frozenset(schemes))

    def certificate(self) -> ClientCertificate | None:
        """The client certificate. Raises UsageError when its key has a password."""
        written, key = self.values.get("cert"), self.values.get("key")
        if not written:
            if key:
                hint = 'add its certificate: cert = "/PATH/cert.pem"'
                raise UsageError(f"the curl config {self.path} has a client key without its certificate", hint=hint)
            return None
        file = re.match(r"(?:[^:\\]|\\.|\\$)*", written, re.DOTALL)  # FILE:PASSWORD; `\:` is a colon of the file's name
        name = file[0] if file else ""
        if len(written) > len(name) + 1:
            reason, hint = _REFUSED["pass"]
            raise UsageError(f"the curl config {self.path} {reason}", hint=hint)
        return ClientCertificate(Path(re.sub(r"\\([:\\])", r"\1", name)), Path(key) if key else None)

    def rate(self) -> float:
        """Bytes a second; infinite where there is no limit. Raises UsageError."""
        written = self.values.get("limit-rate")
        try:
            return bytes_a_second(written) if written else math.inf
        except ValueError as wrong:
            raise UsageError(f"limit-rate in the curl config {self.path} {wrong}", hint="limit-rate = 500k") from None


def _refused(option: str, value: str) -> tuple[str, str] | None:
    if option == "header" and value.lower().startswith("authorization:"):
        return _AUTHORIZATION
    if option in {"cert-type", "key-type"} and value.upper() != "PEM":
        return "has a client certificate that is not PEM", "openssl pkcs12 -in FILE.p12 -out NEW.pem -nodes makes one"
    if option in _FILES and value and not value.startswith("/"):
        return (
            f"names the file of {option} without its folder",
            "write the path from / on: cron starts somewhere else than you do",
        )
    return _REFUSED.get(option)
