"""As much of PostgreSQL's protocol (version 3; manual, chapter 54) as a client and a proxy that listens need."""

from __future__ import annotations

import contextlib
import select
import socket
import struct
from collections.abc import Iterator
from pathlib import Path

SOCKET = ".s.PGSQL.5432"
START = 196608  # protocol 3.0
READY, ROW, ERROR, AUTHENTICATION, QUERY = b"Z", b"D", b"E", b"R", b"Q"


class Gone(Exception):
    """The other end closed the connection."""


class Refused(Exception):
    """What the server said no with: its fields by their letter (C: SQLSTATE, M: message, D: detail)."""

    def __init__(self, fields: dict[str, str]) -> None:
        super().__init__(fields.get("M", ""))
        self.fields = fields


def take(peer: socket.socket, count: int) -> bytes:
    """Exactly `count` bytes. Raises Gone."""
    taken = b""
    while len(taken) < count:
        try:
            chunk = peer.recv(count - len(taken))
        except ConnectionError:
            raise Gone from None
        if not chunk:
            raise Gone
        taken += chunk
    return taken


def first_message(peer: socket.socket) -> bytes:
    """The startup or cancel message, which has no kind; raw."""
    length = take(peer, 4)
    return length + take(peer, struct.unpack("!I", length)[0] - 4)


def message(peer: socket.socket) -> tuple[bytes, bytes]:
    """The next message: its kind, and its content without the length."""
    head = take(peer, 5)
    return head[:1], take(peer, struct.unpack("!I", head[1:])[0] - 4)


def raw(kind: bytes, content: bytes) -> bytes:
    """A message as it is sent."""
    return kind + struct.pack("!I", len(content) + 4) + content


def fields(content: bytes) -> dict[str, str]:
    """The fields of an error."""
    return {field[:1].decode(): field[1:].decode(errors="replace") for field in content.split(b"\0") if field}


@contextlib.contextmanager
def connected(folder: Path, database: str, patience: float) -> Iterator[socket.socket]:
    """A connection that is ready for a query. Raises Refused, Gone, TimeoutError after `patience` seconds."""
    with socket.socket(socket.AF_UNIX) as peer:
        peer.settimeout(patience)
        peer.connect(str(folder / SOCKET))
        words = ("user", "postgres", "database", database, "client_encoding", "UTF8")
        start = struct.pack("!I", START) + b"".join(word.encode() + b"\0" for word in words) + b"\0"
        say(peer, struct.pack("!I", len(start) + 4) + start)
        until_ready(peer)
        yield peer


def say(peer: socket.socket, content: bytes) -> None:
    """Send it. Raises Gone."""
    try:
        peer.sendall(content)
    except ConnectionError:
        raise Gone from None


def ask(folder: Path, database: str, sql: str, patience: float) -> tuple[str, ...]:
    """The row that a new connection to `database` gets. Raises Refused, Gone, TimeoutError after `patience` seconds."""
    with connected(folder, database, patience) as peer:
        say(peer, raw(QUERY, sql.encode() + b"\0"))
        return until_ready(peer)


def ended(peer: socket.socket, seconds: float) -> bool:
    """Whether the server says anything within that time to a client that asks nothing: it ends its session."""
    return bool(select.select([peer], [], [], seconds)[0])


def until_ready(peer: socket.socket) -> tuple[str, ...]:
    """The last row until the server is ready for a query. Raises Refused, Gone."""
    row: tuple[str, ...] = ()
    while True:
        kind, content = message(peer)
        if kind == READY:
            return row
        if kind == ERROR:
            raise Refused(fields(content))
        if kind == ROW:
            row = tuple(columns(content))


def columns(content: bytes) -> list[str]:
    """The columns of a row; null is an empty text."""
    (count,), place, found = struct.unpack("!H", content[:2]), 2, []
    for _ in range(count):
        (length,) = struct.unpack("!i", content[place : place + 4])
        place += 4
        found.append(content[place : place + max(length, 0)].decode())
        place += max(length, 0)
    return found
