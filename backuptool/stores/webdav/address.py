"""The address of a collection, and of the files in it."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from typing import Self
from urllib.parse import quote, unquote, urlsplit

from backuptool.errors import UsageError


@dataclass(frozen=True, slots=True)
class Address:
    """`url` is absolute, percent-encoded and ends with a slash."""

    url: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Accept what a person writes, with or without a trailing slash. Raises UsageError."""
        try:
            parts = urlsplit(text)
            host = parts.hostname or " "  # urllib3 2.2 lets a space through
            found = host.isprintable() and " " not in host and parts.port != 0 and parts.scheme in {"http", "https"}
        except ValueError:
            found = False
        if not found:
            raise UsageError("the store's url is no http or https address", hint="write https://HOST/PATH/")
        if "@" in parts.netloc:
            hint = "take it out, and name a curl_config or a password_file"
            raise UsageError(f"the url of {parts.hostname} holds a user name or password", hint=hint)
        if text != text.strip():
            hint = "take it out; write %20 where the folder's name ends with one"
            raise UsageError(f"the url of {parts.hostname} has a blank around it", hint=hint)
        if "?" in text or "#" in text:
            hint = "give the plain address of the folder; write %3F for ? and %23 for #"
            raise UsageError(f"the url of {parts.hostname} has a query or a fragment", hint=hint)
        if {".", ".."} & set(unquote(parts.path).split("/")):
            raise UsageError(f"the url of {parts.hostname} has . or .. in its path", hint="write the path out")
        import requests  # noqa: PLC0415 - as in WebDavTable.open

        try:  # requests sends this spelling; Destination must be spelt the same.
            prepared = requests.Request("GET", text).prepare().url or text
            # urllib3 looks no other name up, and what it raises then comes through requests as it is.
            (urlsplit(prepared).hostname or "").encode("idna")
        except (requests.RequestException, UnicodeError) as failure:
            hint = "write https://HOST/PATH/"
            raise UsageError(f"{parts.hostname!a} in the store's url is no host name", hint=hint) from failure
        prepared = _without_default_port(prepared)
        return cls(prepared if prepared.endswith("/") else prepared + "/")

    def __str__(self) -> str:
        return self.url

    def of(self, name: str) -> str:
        """The address of the file `name`."""
        return self.url + quote(name, safe="", errors="surrogateescape")

    @property
    def above(self) -> str:
        """The address of the folder that it is in; its own where it is the server's root."""
        parts = urlsplit(self.url)
        return parts._replace(path=parts.path.rstrip("/").rpartition("/")[0] + "/").geturl()

    @property
    def host(self) -> str:
        """The server's name without its port."""
        return urlsplit(self.url).hostname or ""

    @property
    def path(self) -> str:
        """The decoded path, ending with a slash."""
        return unquote(urlsplit(self.url).path, errors="surrogateescape")

    @property
    def is_tls(self) -> bool:
        """Whether nobody on the way can read along."""
        return urlsplit(self.url).scheme == "https"

    @property
    def is_loopback(self) -> bool:
        """Whether the server is on this machine."""
        if self.host == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:  # a name
            return False


def _without_default_port(url: str) -> str:
    """As http.client spells Host: a server that compares takes a Destination with a port for one elsewhere (502)."""
    parts = urlsplit(url)
    default = {"http": ":80", "https": ":443"}[parts.scheme]
    return parts._replace(netloc=parts.netloc.removesuffix(default)).geturl()
