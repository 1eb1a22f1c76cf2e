"""The WebDAV server that the tests talk to leaves nothing to the garbage collector, which would tell another test."""

from __future__ import annotations

import gc
import socket
import struct
from pathlib import Path

from tests.stores.davserver import dav_server


def test_the_file_of_a_cut_upload_is_closed(tmp_path: Path) -> None:
    """Else a ResourceWarning comes up in some later test (seen on Python 3.13, once in 2,800)."""
    with dav_server(tmp_path, "none") as server, socket.create_connection(("127.0.0.1", server.port)) as client:
        client.sendall(b"PUT /cut HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\nExpect: 100-continue\r\n\r\n")
        assert client.recv(4096).startswith(b"HTTP/1.1 100")  # the handler is about to read the body
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    assert (tmp_path / "cut").exists()
    gc.collect()
