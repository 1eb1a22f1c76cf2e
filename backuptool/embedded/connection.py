"""One client's connection to the embedded WebDAV server."""

from __future__ import annotations

from contextlib import suppress

from cheroot.server import HTTPConnection


class Connection(HTTPConnection):
    """Closes its writer too. cheroot leaves it to the garbage collector.

    After a client that went away before it had the whole answer the rest is still in the writer, which then writes it
    to the closed socket: from Python 3.13 on stderr gets `Exception ignored in: <function IOBase.__del__` for that.
    """

    def close(self) -> None:
        """Close the socket, then what was made for it."""
        super().close()
        with suppress(OSError):  # nobody is there to get the rest
            self.wfile.close()
