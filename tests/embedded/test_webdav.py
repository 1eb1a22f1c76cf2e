"""The embedded WebDAV server leaves nothing behind, whatever its clients do."""

from __future__ import annotations

import socket
from typing import Any

import pytest
from cheroot.server import HTTPConnection, HTTPServer

from backuptool.embedded.connection import Connection


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
