"""A server that is pinged: what it was told, in order; it may answer badly, late or not at all."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Pinged:
    """`told`: path and body of each request; `answers`: the next statuses, then 200; 0 waits until the end."""

    port: int = 0
    told: list[tuple[str, str]] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)

    @property
    def url(self) -> str:
        """What the configuration has."""
        return f"http://127.0.0.1:{self.port}/ping/5f0d-s3cret"

    @property
    def paths(self) -> list[str]:
        """What was asked for, without what they all begin with."""
        return [path.removeprefix("/ping/5f0d-s3cret") for path, _ in self.told]


@contextmanager
def pinged() -> Iterator[Pinged]:
    """A running one, on a free port of this machine."""
    seen = Pinged()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
            seen.told.append((self.path, body))
            status = seen.answers.pop(0) if seen.answers else 200
            if not status:
                seen.over.wait()
                return
            self.send_response(status)
            if status // 100 == 3:
                self.send_header("Location", "/elsewhere")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def do_GET(self) -> None:
            self.do_POST()

        def log_message(self, *_words: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    seen.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield seen
    finally:
        seen.over.set()
        server.shutdown()
        thread.join()
        server.server_close()
