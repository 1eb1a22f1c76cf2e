"""The embedded HTTP server and its clients' connections: cheroot's, which leave nothing behind."""

from __future__ import annotations

from contextlib import suppress

from cheroot.server import HTTPConnection
from cheroot.wsgi import Server as WsgiServer


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


class Server(WsgiServer):
    """Takes a connection back also when it has ended.

    A worker that has answered gives its connection back for the next request. cheroot closes what it would wait with
    before its workers have ended: one that comes behind that raised in its thread, with a traceback on stderr.
    """

    ConnectionClass = Connection

    def put_conn(self, conn: HTTPConnection) -> None:
        """Wait for the next request, or end the connection."""
        try:
            super().put_conn(conn)
        except ValueError:  # of a closed selector
            conn.close()
