"""A small HTTP server of a test's own, in a thread of this process."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from socketserver import TCPServer


@contextmanager
def serving(server: TCPServer) -> Iterator[int]:
    """Let `server` answer while this block runs; its port. At the end nothing of it is left."""
    with server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))  # how often it looks whether it is over
        thread.start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()
            thread.join()
