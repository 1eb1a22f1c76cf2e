"""Who is told of a run, and which commands run around it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, ValidationInfo, field_validator

from backuptool.config.duration import Seconds
from backuptool.config.table import SecretPath, Table
from backuptool.errors import UsageError
from backuptool.notify import Ping
from backuptool.passphrase import read_line
from backuptool.secret import Secret
from backuptool.stores.webdav.proxy import proxy_address

_NO_ADDRESS = "is no http or https address"  # which one is not said: it is a secret


def _is_an_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        written = url.isprintable() and " " not in url
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0 and written
    except ValueError:
        return False


def _proxy(text: str) -> str:
    try:
        return proxy_address(text)
    except UsageError as error:
        raise ValueError(f"{error.message}: {error.hint}") from None


class NotifyTable(Table):
    """The address to ping, or a file that it stands in."""

    ping_url: Annotated[str, Field(repr=False)] = ""
    ping_url_file: SecretPath | None = None
    proxy: Annotated[str, AfterValidator(_proxy)] = ""

    @field_validator("ping_url")
    @classmethod
    def _is_one(cls, url: str) -> str:
        if url and not _is_an_address(url):
            raise ValueError(_NO_ADDRESS)
        return url

    @field_validator("ping_url_file")
    @classmethod
    def _instead(cls, path: Path | None, others: ValidationInfo) -> Path | None:
        if path is not None and others.data.get("ping_url"):
            raise ValueError("not beside ping_url: keep one of the two")
        return path

    def open(self) -> Ping | None:
        """The ping, None where nobody is to be told. Raises UsageError."""
        if self.ping_url_file is None:
            return Ping(Secret(self.ping_url.encode()), self.proxy) if self.ping_url else None
        url = read_line(self.ping_url_file, "ping URL")
        if not _is_an_address(url.text()):
            raise UsageError(f"what {self.ping_url_file} holds {_NO_ADDRESS}", hint="one line: https://HOST/UUID")
        return Ping(url, self.proxy)


def _from_anywhere(argv: tuple[str, ...]) -> tuple[str, ...]:
    if argv and "/" in argv[0] and not argv[0].startswith("/"):
        raise ValueError(f"{argv[0]} is not an absolute path (hooks start in /)")
    return argv


def _some(seconds: float) -> float:
    if not seconds:
        raise ValueError("must be more than 0: a hook needs some time")
    return seconds


Argv = Annotated[tuple[Annotated[str, Field(min_length=1)], ...], AfterValidator(_from_anywhere)]


class HooksTable(Table):
    """Commands as lists of words, run on this host; `timeout`: how long each may take, but `failed` 30 s at most after
    a run that a signal ended."""

    before: Argv = ()
    after: Argv = ()
    failed: Argv = ()
    timeout: Annotated[Seconds, AfterValidator(_some)] = 300
