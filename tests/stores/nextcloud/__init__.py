"""A small Nextcloud or ownCloud in this process, built from what was measured on a Nextcloud 32 and an ownCloud 11.

Strict about the order of requests, the sums of chunks, quota and expiry. Bad as they are: in Nextcloud an overwrite
that is cut loses the old content, a checksum is kept unchecked, a body without a length is stored as nothing; in
ownCloud a chunk that is cut is kept, with 201.
"""

from __future__ import annotations

import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import Any

from tests.serving import serving
from tests.stores.nextcloud.handler import Handler
from tests.stores.nextcloud.server import Kind, Nextcloud

__all__ = ["Kind", "Nextcloud", "nextcloud"]


class _Listener(ThreadingHTTPServer):
    daemon_threads = False

    def __init__(self, handler: type[Handler]) -> None:
        self._connections: list[socket.socket] = []
        self.faults: list[BaseException | None] = []
        super().__init__(("127.0.0.1", 0), handler)

    def get_request(self) -> tuple[socket.socket, Any]:
        """Remember each connection: at the end the idle ones must be ended, or each is waited for."""
        connection, address = super().get_request()
        self._connections.append(connection)
        return connection, address

    def handle_error(self, *_arguments: object) -> None:
        """A client that goes away is what the tests are about; anything else is a fault of the fake."""
        fault = sys.exc_info()[1]
        if not isinstance(fault, (ConnectionError, TimeoutError)):
            self.faults.append(fault)

    def server_close(self) -> None:
        """End every connection, then what answers there."""
        for connection in self._connections:
            with suppress(OSError):  # closed already
                connection.shutdown(socket.SHUT_RDWR)
        super().server_close()


@contextmanager
def nextcloud(root: Path, kind: Kind = "nextcloud", **settings: Any) -> Iterator[Nextcloud]:
    """Serve what is in `root` (made when missing) on a free port; `settings` as Nextcloud's fields."""
    root.mkdir(exist_ok=True)
    fake = Nextcloud(root, kind, **settings)
    listener = _Listener(type("Handler", (Handler,), {"fake": fake}))
    with serving(listener) as fake.port:
        yield fake
    assert not listener.faults, listener.faults
