"""A proxy in front of a real server that fails on command, and remembers what passed."""

from __future__ import annotations

import http.client
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ssl import SSLContext
from typing import Any, ClassVar

from tests.serving import serving


@dataclass(frozen=True)
class Answer:
    """What the server said."""

    status: int
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: bytes = b""


@dataclass(frozen=True)
class Request:
    """What a client sent."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


class Exchange:
    """One request on its way; a fault decides what becomes of it."""

    def __init__(self, proxy: FaultyProxy, handler: BaseHTTPRequestHandler) -> None:
        self._proxy = proxy
        self._handler = handler
        self.method, self.path = handler.command, handler.path
        self.headers = {name.lower(): value for name, value in handler.headers.items()}
        self.length = int(self.headers.get("content-length", 0))

    def receive(self, most: int | None = None) -> bytes:
        """The body, or its first `most` bytes."""
        return self._handler.rfile.read(self.length if most is None else min(most, self.length))

    def forward(self, body: bytes, without: tuple[str, ...] = (), *, missing: int = 0, host: str = "") -> Answer:
        """What the server answers to this request with `body`, of which the last `missing` bytes never come.

        `host`: what the server is called in it, if not as the client does.
        """
        upstream = http.client.HTTPConnection("127.0.0.1", self._proxy.upstream, timeout=10)
        try:
            upstream.putrequest(self._handler.command, self._handler.path, skip_host=True, skip_accept_encoding=True)
            for name, value in self._handler.headers.items():
                if name.lower() not in {"content-length", "connection", *without}:
                    upstream.putheader(name, host or value if name.lower() == "host" else value)
            upstream.putheader("Content-Length", str(len(body) + missing))
            upstream.endheaders(body)
            if missing:
                upstream.sock.shutdown(socket.SHUT_WR)
            response = upstream.getresponse()
            return Answer(response.status, response.getheaders(), response.read())
        finally:
            upstream.close()

    def pause(self, seconds: float) -> None:
        """Do nothing for a while, or until the test is over."""
        self._proxy.over.wait(seconds)

    def answer(self, answer: Answer, cut: int | None = None) -> None:
        """Send `answer` to the client; with `cut`, only so much of its body, then a reset."""
        self.begin(answer)
        self._handler.wfile.write(answer.body[:cut])
        if cut is not None:
            self.hang_up()

    def begin(self, answer: Answer) -> None:
        """Send the head of `answer` to the client."""
        self._handler.send_response_only(answer.status)
        for name, value in answer.headers:
            if name.lower() not in {"content-length", "connection", "transfer-encoding"}:
                self._handler.send_header(name, value)
        if self._handler.command != "HEAD":
            self._handler.send_header("Content-Length", str(len(answer.body)))
        self._handler.end_headers()

    def go_on(self, piece: bytes) -> None:
        """Send these bytes: a piece of a body that was begun, or an answer in its own words."""
        with suppress(OSError):  # nobody listens any more
            self._handler.wfile.write(piece)

    def reset(self) -> None:
        """End the connection by RST, as a crash or a firewall does."""
        self._handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.hang_up()

    def hang_up(self) -> None:
        """End the connection."""
        self._handler.close_connection = True

    def wait_for_the_end(self) -> None:
        """Say nothing until the test is over."""
        self._proxy.over.wait(30)
        self.reset()


Fault = Callable[[Exchange], None]


@dataclass
class Rule:
    """A fault for the next `left` matching requests after the next `passing` ones; `met`: those it was done to."""

    method: str
    part: str
    fault: Fault
    left: int
    anybody: bool
    passing: int = 0
    met: int = 0

    def takes(self, exchange: Exchange) -> bool:
        """Whether this request meets the fault; counted."""
        meant = exchange.method == self.method and self.part in exchange.path
        if not (meant and (self.anybody or "authorization" in exchange.headers)):
            return False
        if self.passing:
            self.passing -= 1
            return False
        if not self.left:
            return False
        self.left -= 1
        self.met += 1
        return True


class FaultyProxy:
    """Forwards to 127.0.0.1:`upstream`; `on` adds faults, `seen` holds what was asked, in order."""

    def __init__(self, upstream: int, *, remembering: bool = True) -> None:
        self.upstream = upstream
        self._remembering = remembering
        self.port = 0
        self.seen: list[Request] = []
        self.over = threading.Event()
        self._rules: list[Rule] = []
        self._lock = threading.Lock()

    def on(
        self, method: str, fault: Fault, times: int = 1, part: str = "", *, anybody: bool = False, passing: int = 0
    ) -> Rule:
        """Let the next `times` requests of `method` with `part` in their path meet `fault`, after `passing` others.

        Authenticated ones only, unless it is for `anybody`.
        """
        rule = Rule(method, part, fault, times, anybody, passing)
        self._rules.append(rule)
        return rule

    def methods(self) -> list[str]:
        """The methods of all authenticated requests, in order."""
        return [request.method for request in self.seen if "authorization" in request.headers]

    def count(self, method: str) -> int:
        """How many authenticated requests had `method`."""
        return self.methods().count(method)

    def unmet(self) -> list[Rule]:
        """Faults that did not happen (as often as they should): a test with one proves nothing."""
        return [rule for rule in self._rules if rule.left]

    def forget(self) -> None:
        """Drop the faults that did not happen."""
        self._rules.clear()

    def handle(self, handler: BaseHTTPRequestHandler) -> None:
        """One request of a client."""
        exchange = Exchange(self, handler)
        fault = self._fault(exchange)
        if fault is None:
            body = exchange.receive()
            self._remember(handler, exchange, body)
            exchange.answer(exchange.forward(body))
        else:
            self._remember(handler, exchange, b"")
            fault(exchange)

    def _fault(self, exchange: Exchange) -> Fault | None:
        with self._lock:
            return next((rule.fault for rule in self._rules if rule.takes(exchange)), None)

    def _remember(self, handler: BaseHTTPRequestHandler, exchange: Exchange, body: bytes) -> None:
        if not self._remembering:
            return
        with self._lock:
            self.seen.append(Request(handler.command, handler.path, exchange.headers, body))


@contextmanager
def faulty_proxy(
    upstream: int, taken: socket.socket | None = None, *, remembering: bool = True, tls: SSLContext | None = None
) -> Iterator[FaultyProxy]:
    """A running proxy, on a free port or on the one that is `taken`; at the end every fault must have happened.

    `remembering`: keep every request in `seen`, bodies too. `tls`: speak it to clients, and not to the server.
    """
    proxy = FaultyProxy(upstream, remembering=remembering)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = 10
        disable_nagle_algorithm = True  # else the body of each answer waits 40 ms for the client's delayed ACK

        def __getattr__(self, name: str) -> Any:
            if name.startswith("do_"):
                return lambda: proxy.handle(self)
            raise AttributeError(name)

        def log_message(self, *_arguments: object) -> None:
            """Say nothing."""

    class Quiet(ThreadingHTTPServer):
        daemon_threads = False
        connections: ClassVar[list[socket.socket]] = []

        def get_request(self) -> tuple[socket.socket, Any]:
            """Remember each connection: at the end the idle ones must be ended, or each is waited for 10 s."""
            connection, address = super().get_request()
            self.connections.append(connection)
            return connection, address

        def handle_error(self, *_arguments: object) -> None:
            """A client that goes away is what these tests are about."""

        def server_close(self) -> None:
            """End every connection, then what answers there."""
            for connection in self.connections:
                with suppress(OSError):  # closed already
                    connection.shutdown(socket.SHUT_RDWR)
            super().server_close()

    server = Quiet(("127.0.0.1", 0), Handler, bind_and_activate=taken is None)
    if taken:
        server.socket.close()
        server.socket, server.server_address = taken, taken.getsockname()
        server.server_activate()
    if tls:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    with serving(server) as proxy.port:
        try:
            yield proxy
            assert not proxy.unmet()
        finally:
            proxy.over.set()
