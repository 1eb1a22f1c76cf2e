"""The embedded WebDAV server leaves nothing behind, whatever its clients do."""

from __future__ import annotations

import socket
import threading
from pathlib import Path
from typing import Any

import pytest
from cheroot.connections import ConnectionManager
from cheroot.server import HTTPConnection, HTTPServer

from backuptool.embedded.connection import Connection
from backuptool.embedded.webdav import webdav
from backuptool.secret import Secret


def closed_after_the_client_left(kind: Any) -> Any:
    """A connection that was closed with a part of an answer still to be sent."""
    here, there = socket.socketpair()
    connection = kind(HTTPServer(("127.0.0.1", 0), None), here)
    there.close()
    with pytest.raises(BrokenPipeError):
        connection.wfile.write(b"answer")
    connection.close()
    return connection


def test_what_a_client_did_not_wait_for_is_not_written_later() -> None:
    assert closed_after_the_client_left(Connection).wfile.closed


def test_the_servers_own_connection_would_write_it_to_a_closed_socket() -> None:
    """The control, and the day it fails ours can go."""
    connection = closed_after_the_client_left(HTTPConnection)
    with pytest.raises(OSError, match="Bad file descriptor"):
        connection.wfile.close()


def test_a_worker_that_has_answered_may_come_back_when_the_server_has_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a thread raises is an error of the test."""
    put, close = ConnectionManager.put, ConnectionManager.close
    answered, ended = threading.Event(), threading.Event()

    def put_late(manager: Any, connection: Any) -> None:
        answered.set()
        ended.wait()
        put(manager, connection)

    def closed(manager: Any) -> None:
        close(manager)
        ended.set()

    monkeypatch.setattr(ConnectionManager, "put", put_late)
    monkeypatch.setattr(ConnectionManager, "close", closed)
    with webdav(tmp_path, "ann", Secret(b"x")) as url:
        host, _, port = url.removeprefix("http://").rstrip("/").partition(":")
        with socket.create_connection((host, int(port))) as client:
            client.sendall(b"OPTIONS / HTTP/1.1\r\nHost: x\r\n\r\n")
            answered.wait()
