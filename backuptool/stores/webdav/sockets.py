"""The connections below requests: a MOVE without a length, an answer in one time, the reason for an end."""

from __future__ import annotations

import socket
import ssl
import threading
from contextlib import suppress
from http.client import HTTPResponse, parse_headers
from typing import Any

from urllib3.connection import HTTPConnection, HTTPSConnection

from backuptool.interruption import unsignalled

_ALERT = 1  # s; it came before the end that was seen
_INTERIM = {102, 103}  # 100 http.client knows; 101 is an answer
_LATE = 1  # s; a server that says nothing at all is given up before


class _Final(HTTPResponse):
    def _read_status(self) -> tuple[str, int, str]:
        """The status of the answer itself: http.client skips 100 only, but servers send 102 and 103 before it too.

        However many they are: the head of an answer has its time as a whole.
        """
        while True:
            found: tuple[str, int, str] = super()._read_status()  # type: ignore[misc] # not in the stubs
            if found[1] not in _INTERIM:
                return found
            parse_headers(self.fp)


class BodilessMove(HTTPConnection):
    """A MOVE that has a length makes Nextcloud on object storage store 0 bytes and say 201 (nextcloud/server#63504).

    urllib3 adds the header below requests, so it is dropped where headers are written. And the head of an answer has
    the time of one wait as a whole: else each byte of it has, and a server may send it in drops.
    """

    response_class = _Final

    def putrequest(self, method: str, *args: Any, **kwargs: Any) -> None:
        """Remember the method."""
        self._moving = method == "MOVE"
        super().putrequest(method, *args, **kwargs)

    def putheader(self, header: str | bytes, *values: Any) -> None:
        """Write a header, unless it is the length of a MOVE."""
        if not (self._moving and header.lower() in {"content-length", b"content-length"}):
            super().putheader(header, *values)  # type: ignore[arg-type] # urllib3 narrows it to str

    def getresponse(self) -> Any:
        """The answer, its body not read yet."""
        timer = threading.Timer((self.timeout or 0) + _LATE, self.hang_up)
        timer.daemon = True
        try:
            with unsignalled():
                timer.start()
            return super().getresponse()
        finally:
            timer.cancel()

    def hang_up(self) -> None:
        """End what another thread sends or waits for."""
        sock = self.sock  # it may be gone at the next look
        if sock is not None:
            with suppress(OSError):  # it has ended meanwhile
                socket.socket.shutdown(sock, socket.SHUT_RDWR)


class BodilessMoveTls(BodilessMove, HTTPSConnection):
    """And one that says why it was ended.

    A TLS 1.3 server looks at the client certificate when the client has already begun to send. Sending then fails with
    an end without a reason; the reason, an alert, waits to be read.
    """

    def send(self, data: Any) -> None:
        """Send. Raises ssl.SSLError with the alert where there is one."""
        try:
            super().send(data)
        except (ssl.SSLEOFError, ConnectionResetError):
            with suppress(ssl.SSLEOFError, ssl.SSLZeroReturnError, ConnectionError, TimeoutError):
                self.sock.settimeout(_ALERT)
                self.sock.recv(1)
            raise
