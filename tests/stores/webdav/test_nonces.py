"""Digest nonces that do not last: how long they are good for is the server's own choice (RFC 7616, 3.3)."""

from __future__ import annotations

import hashlib
import re
import secrets
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import unquote, urlsplit

import pytest

from backuptool.errors import StoreError
from backuptool.secret import Secret
from backuptool.stores.webdav.credentials import Credentials
from backuptool.stores.webdav.store import WebDavStore
from tests.contracts.store import NAME
from tests.serving import serving
from tests.stores.davserver import CREDENTIALS, PASSWORD, USER
from tests.stores.webdav.conftest import QUICK
from tests.stores.webdav.saying import FILE, listing

_PAIR = re.compile(r'(\w+)=(?:"([^"]*)"|([^",\s]*))')
LARGE = 65 << 20  # bytes: from 64 MiB on the limit of a body is asked for with a request of its own


@dataclass
class Strict:
    """A server's rules: a nonce is good for so many requests, on any connection or its own; what it says otherwise.

    `open`: only changes need one.
    """

    uses: int = 1000
    stale: bool = True
    nextnonce: bool = False
    tied: bool = False
    open: bool = False
    files: dict[str, bytes] = field(default_factory=dict)
    used: Counter[str] = field(default_factory=Counter)
    bodies: int = 0

    def new(self) -> str:
        """A nonce that nobody has used."""
        nonce = secrets.token_hex(8)
        self.used[nonce] = 0
        return nonce

    def takes(self, nonce: str, own: set[str]) -> bool:
        """Whether it is still good, on a connection with its `own`; then it is used once more."""
        if nonce not in self.used or self.used[nonce] >= self.uses or (self.tied and nonce not in own):
            return False
        self.used[nonce] += 1
        return True


def _md5(*parts: str) -> str:
    return hashlib.md5(":".join(parts).encode(), usedforsecurity=False).hexdigest()


class _Strictly(BaseHTTPRequestHandler):
    rules: ClassVar[Strict]
    protocol_version = "HTTP/1.1"
    timeout = 10

    def setup(self) -> None:
        super().setup()
        self.own: set[str] = set()

    def answer(self, status: int, body: bytes = b"", *headers: tuple[str, str]) -> None:
        self.send_response(status)
        for name, value in (*headers, ("Content-Length", str(len(body)))):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def nonce(self) -> str:
        made = self.rules.new()
        self.own.add(made)
        return made

    def asked(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length)
        if len(body) < length:  # of the question for the limit nothing is stored, whenever its end is seen
            self.close_connection = True
            return
        self.rules.bodies += bool(body)
        pairs = _PAIR.findall(self.headers.get("Authorization", ""))
        told: dict[str, str] = {name: quoted or plain for name, quoted, plain in pairs}
        if self.rules.open and self.command in {"PROPFIND", "GET"}:
            self.act(body)
            return
        right = told and self.is_right(told)
        if right and self.rules.takes(told["nonce"], self.own):
            self.act(body)
            return
        stale = ", stale=true" if right and self.rules.stale else ""
        self.answer(401, b"no", ("WWW-Authenticate", f'Digest realm="r", nonce="{self.nonce()}", qop="auth"{stale}'))

    def is_right(self, told: dict[str, str]) -> bool:
        middle = (told["nonce"], told["nc"], told["cnonce"], "auth")
        return told["response"] == _md5(_md5(USER, "r", PASSWORD), *middle, _md5(self.command, self.path))

    def act(self, body: bytes) -> None:
        name, files = unquote(self.path).rpartition("/")[2], self.rules.files
        said = (("Authentication-Info", f'nextnonce="{self.nonce()}"'),) if self.rules.nextnonce else ()
        if self.command == "PUT":
            files[name] = body
            self.answer(201, b"", *said)
        elif self.command == "PROPFIND" and (not name or name in files):
            shown = files if not name else {name: files[name]}
            entries = [
                FILE % (f"/{one}", f"<D:getcontentlength>{len(shown[one])}</D:getcontentlength>") for one in shown
            ]
            self.answer(207, listing("".join(entries)), *said)
        elif name not in files:
            self.answer(404, b"", *said)
        elif self.command == "GET":
            self.answer(200, files[name], *said)
        else:
            content = files.pop(name)
            if self.command == "MOVE":
                files[unquote(urlsplit(self.headers["Destination"]).path)[1:]] = content
            self.answer(204, b"", *said)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("do_"):
            return self.asked
        raise AttributeError(name)

    def log_message(self, *_arguments: object) -> None:
        """Say nothing."""


@contextmanager
def serving_strictly(rules: Strict) -> Iterator[str]:
    """The address of such a server, with its files in memory."""
    handler = type("Handler", (_Strictly,), {"rules": rules})
    with serving(ThreadingHTTPServer(("127.0.0.1", 0), handler)) as port:
        yield f"http://127.0.0.1:{port}/"


@pytest.mark.parametrize("open_to_readers", [True, False])
@pytest.mark.parametrize("stale", [True, False])
@pytest.mark.parametrize(
    ("uses", "nextnonce", "tied"),
    [
        (1000, False, False),
        (3, False, False),
        (2, False, False),
        (1, False, False),
        (1, True, False),
        (1000, False, True),
    ],
)
def test_a_body_goes_once_however_short_the_life_of_a_nonce_is(
    bundle: Path, uses: int, nextnonce: bool, tied: bool, stale: bool, open_to_readers: bool
) -> None:
    """Apache's AuthDigestNonceLifetime 0 is one request; curl --digest can store there."""
    rules = Strict(uses, stale, nextnonce, tied, open_to_readers)
    with serving_strictly(rules) as url:
        store = WebDavStore(url, CREDENTIALS, QUICK)
        store.check(NAME, LARGE)
        store.put(bundle, NAME)
        assert rules.bodies == 1
        assert [one.name for one in store.list()] == [NAME]
        assert b"".join(store.open(NAME)) == bundle.read_bytes()
        store.delete(NAME)
    assert not rules.files


def test_a_wrong_password_is_not_taken_for_a_nonce_that_has_ended(bundle: Path) -> None:
    """The control."""
    rules = Strict(uses=1, stale=False)
    with serving_strictly(rules) as url, pytest.raises(StoreError, match="refuses the user name or password"):
        WebDavStore(url, Credentials(USER, Secret(b"wrong")), QUICK).put(bundle, NAME)
    assert len(rules.used) <= 4  # a server may lock out who tries on and on
