"""One request to the fake, its body on its way to a file, and its answer."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from urllib.parse import unquote, urlsplit
from xml.sax.saxutils import escape

_BLOCK = 1 << 20


@dataclass
class Asked:
    """What a client sent; `sent`: bytes of the body that arrived; `status`: what was answered, 0 for nothing yet."""

    method: str
    path: str
    headers: dict[str, str]
    sent: int = 0
    status: int = 0


@dataclass(eq=False)
class Refused(Exception):
    """An answer that ends the request: status, sabre's message."""

    status: int
    message: str = ""
    headers: dict[str, str] = field(default_factory=dict)

    def body(self) -> bytes:
        """As sabre/dav writes it."""
        xmlns = 'xmlns:d="DAV:" xmlns:s="http://sabredav.org/ns"'
        message = f"<s:message>{escape(self.message)}</s:message>"
        return f'<?xml version="1.0" encoding="utf-8"?>\n<d:error {xmlns}>{message}</d:error>\n'.encode()


class Exchange:
    """Reads the body at most once; what nobody read is drained before the answer."""

    def __init__(self, handler: BaseHTTPRequestHandler) -> None:
        self._handler = handler
        self.headers = {name.lower(): value for name, value in handler.headers.items()}
        self.asked = Asked(handler.command, handler.path, self.headers)
        self.method = handler.command
        self.path = unquote(urlsplit(handler.path).path)
        self.length = int(self.headers.get("content-length", 0))
        self.is_chunked = "chunked" in self.headers.get("transfer-encoding", "").lower()
        self._left = self.length

    def save(self, path: Path) -> None:
        """Write the body to `path`. Raises Refused (400) when it was cut, with `path` holding what came.

        With Transfer-Encoding: chunked nothing is stored, as PHP behind Apache does.
        """
        with path.open("wb") as file:
            for block in self._blocks():
                file.write(block)
        if self._left:
            self._handler.close_connection = True
            got = f"read (from Nextcloud client) and wrote (to Nextcloud storage) {self.asked.sent} bytes"
            raise Refused(400, f"Expected filesize of {self.length} bytes but {got}.")

    def read(self) -> bytes:
        """The body, small."""
        return b"".join(self._blocks())

    def answer(self, status: int, headers: dict[str, str] | None = None, body: bytes = b"") -> None:
        """Drain what was not read, then say this."""
        for _ in self._blocks():
            pass
        self.begin(status, {"Content-Length": str(len(body)), **(headers or {})})
        if self.method != "HEAD":
            self._handler.wfile.write(body)

    def begin(self, status: int, headers: dict[str, str]) -> None:
        """The answer without its body, for `write`."""
        self.asked.status = status
        if status == 204:
            headers.pop("Content-Length", None)
        self._handler.send_response_only(status)
        for name, value in headers.items():
            self._handler.send_header(name, value)
        self._handler.end_headers()

    def answer_early(self, refusal: Refused) -> None:
        """Say no before the body came; the connection ends, for nobody knows whether it will come."""
        self._handler.close_connection = True
        body = refusal.body()
        self.begin(refusal.status, {"Content-Length": str(len(body)), "Connection": "close", **refusal.headers})
        self._handler.wfile.write(body)

    def write(self, block: bytes) -> None:
        """A part of the answer's body."""
        self._handler.wfile.write(block)

    def _blocks(self) -> Iterator[bytes]:
        if self.is_chunked:
            self._drain_chunked()
        while self._left and (block := self._received(min(self._left, _BLOCK))):
            self._left -= len(block)
            yield block

    def _received(self, size: int) -> bytes:
        try:
            block = self._handler.rfile.read(size)
        except OSError:  # reset, or nothing for a long time: the end
            block = b""
        if not block:
            self._handler.close_connection = True
        self.asked.sent += len(block)
        return block

    def _drain_chunked(self) -> None:
        self.is_chunked = False
        for _ in itertools.count():
            size = int(self._handler.rfile.readline().partition(b";")[0] or b"0", 16)
            self._received(size + 2)
            if not size:
                return
