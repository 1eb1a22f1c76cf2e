"""A server that says what a test has it say, byte by byte; and what a listing looks like."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from socketserver import StreamRequestHandler, ThreadingTCPServer

from backuptool.stores.webdav.limits import Limits
from backuptool.stores.webdav.store import WebDavStore
from tests.serving import serving
from tests.stores.davserver import CREDENTIALS
from tests.stores.webdav.conftest import QUICK

OWN = "<D:response><D:href>/</D:href><D:propstat><D:prop>%s</D:prop></D:propstat></D:response>"
COLLECTION = OWN % "<D:resourcetype><D:collection/></D:resourcetype>"
FILE = "<D:response><D:href>%s</D:href><D:propstat><D:prop>%s</D:prop></D:propstat></D:response>"
SIZE = "<D:getcontentlength>5</D:getcontentlength>"
# A second for all of a listing, the time for which a server may be away among it.
HURRIED = replace(QUICK, asking=0.9, listing_patience=0.1)


def listing(entry: str, encoding: str = "utf-8") -> bytes:
    """A listing of a folder with `entry` in it."""
    head = f'<?xml version="1.0" encoding="{encoding}"?><D:multistatus xmlns:D="DAV:">'
    return f"{head}{COLLECTION}{entry}</D:multistatus>".encode()


def answer(status: int, *headers: str, body: bytes = b"") -> bytes:
    """An answer as it goes over the line."""
    lines = [f"HTTP/1.1 {status} said", *headers, f"Content-Length: {len(body)}", "Connection: close", "", ""]
    return "\r\n".join(lines).encode("latin-1") + body


@contextmanager
def saying(
    pieces: Callable[[], Iterator[bytes]],
    *,
    to_put: Callable[[], Iterator[bytes]] | None = None,
    password: bool = False,
    limits: Limits = QUICK,
) -> Iterator[WebDavStore]:
    """A store on a server that says these `pieces` to every request, or others `to_put`, as long as anybody listens."""

    class Says(StreamRequestHandler):
        def handle(self) -> None:
            says = to_put if to_put and self.rfile.readline().startswith(b"PUT ") else pieces
            while self.rfile.readline().strip():
                pass
            with suppress(OSError):
                for piece in says():
                    self.wfile.write(piece)

    class Server(ThreadingTCPServer):
        daemon_threads = False

    with serving(Server(("127.0.0.1", 0), Says)) as port:
        yield WebDavStore(f"http://127.0.0.1:{port}/", CREDENTIALS if password else None, limits)
