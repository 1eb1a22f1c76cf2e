"""A proxy as companies have them: it knows the way to every host, here always to one server on this machine."""

from __future__ import annotations

import http.client
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

from tests.serving import serving


@dataclass
class ForwardProxy:
    """Leads to 127.0.0.1:`upstream`; `seen` holds what was asked of it; with `refusal` it answers CONNECT so."""

    upstream: int
    port: int = 0
    refusal: int = 0
    seen: list[str] = field(default_factory=list)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 10
    proxy: ForwardProxy

    def do_CONNECT(self) -> None:
        self.proxy.seen.append(f"CONNECT {self.path}")
        if self.proxy.refusal:
            self.send_error(self.proxy.refusal)
            return
        with socket.create_connection(("127.0.0.1", self.proxy.upstream)) as server:
            self.send_response_only(200)
            self.end_headers()
            back = threading.Thread(target=_relay, args=(server, self.connection))
            back.start()
            _relay(self.connection, server)
            back.join()
        self.close_connection = True

    def _forward(self) -> None:
        self.proxy.seen.append(f"{self.command} {self.path}")
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        server = http.client.HTTPConnection("127.0.0.1", self.proxy.upstream, timeout=10)
        server.putrequest(self.command, urlsplit(self.path).path, skip_host=True, skip_accept_encoding=True)
        for name, value in self.headers.items():
            server.putheader(name, value)
        server.endheaders(body)
        answer = server.getresponse()
        content = answer.read()
        server.close()
        self.send_response_only(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in {"content-length", "connection", "transfer-encoding"}:
                self.send_header(name, value)
        if self.command != "HEAD":
            self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("do_"):
            return self._forward
        raise AttributeError(name)

    def log_message(self, *_arguments: object) -> None:
        """Say nothing."""


def _relay(source: socket.socket, target: socket.socket) -> None:
    """Pass on bytes until one side ends."""
    try:
        while block := source.recv(1 << 16):
            target.sendall(block)
        target.shutdown(socket.SHUT_WR)
    except OSError:  # one side was reset: the other side ends too
        target.close()


@contextmanager
def forward_proxy(upstream: int) -> Iterator[ForwardProxy]:
    """A running proxy on a free port."""
    proxy = ForwardProxy(upstream)
    handler = type("Handler", (_Handler,), {"proxy": proxy})
    listener = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    listener.daemon_threads = True
    with serving(listener) as proxy.port:
        yield proxy
