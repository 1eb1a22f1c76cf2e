"""What stands in the way of an upload, asked before there is anything to upload."""

from __future__ import annotations

import socket
import time
from contextlib import closing
from http import HTTPStatus
from http.client import HTTP_PORT, HTTPS_PORT, HTTPConnection, HTTPException, HTTPSConnection
from urllib.parse import urlsplit

from requests import Response

from backuptool.errors import StoreError
from backuptool.stores.names import upload_name
from backuptool.stores.webdav.collection import Collection
from backuptool.stores.webdav.introduction import warm
from backuptool.stores.webdav.session import Session
from backuptool.stores.webdav.status import PERMANENT, refusal

LARGE = 64 << 20  # bytes: a smaller body is as quickly sent as its limit is found out
_LINE = 1024  # bytes
_PORTS = {"http": HTTP_PORT, "https": HTTPS_PORT}
# Of no body yet: the server has not looked at what stands there, or does not know the question.
_MEANT = frozenset(PERMANENT) - {200, 400, 405, 411, 412, 415, 416, 501}


class Preflight:
    """Whether `name`, of `size` bytes, could be stored in the session's collection, which is made where it lacks."""

    def __init__(self, session: Session, name: str, size: int) -> None:
        self._session, self._name, self._size = session, name, size
        self._collection = Collection(session)

    def run(self, *, in_one_piece: bool) -> None:
        """Look at credentials, collection, quota, and at the limit of a body that goes `in_one_piece`.

        Raises StoreError.
        """
        if self._collection.files() is None:
            self._collection.create()
        left = self._collection.available()
        if left is not None and left < self._size:
            raise StoreError(
                f"{self._session.address}: the quota has {left} bytes left, {self._size} are expected to be needed",
                hint=PERMANENT[507][1],
            )
        if in_one_piece and self._size > LARGE:
            self._ask_for_the_limit()

    def _ask_for_the_limit(self) -> None:
        """Send the headers of a PUT; who refuses them would have refused the body, after all of it had come."""
        name = upload_name(self._name)
        self._session.retry(lambda: warm(self._session, self._session.address.of(name)))
        try:
            status = self._early_answer(self._session.address.of(name))
        finally:
            self._collection.drop(name)  # some servers keep an empty file
        if status in _MEANT:
            answer = Response()
            answer.status_code = status
            raise refusal(answer, f"storing {self._size} bytes", 0)

    def _early_answer(self, url: str) -> int:
        """The status before the body; 100 when it is wanted, or nothing was said in time."""
        try:
            connection, target = self._connection(url)
            with closing(connection):
                connection.putrequest("PUT", target, skip_accept_encoding=True)
                for name, value in self._session.authorized("PUT", url).items():
                    connection.putheader(name, value)
                connection.putheader("Content-Length", str(self._size))
                connection.putheader("Expect", "100-continue")
                connection.endheaders()
                words = _first_line(connection.sock, self._session.limits.early).split()
        except (OSError, HTTPException):  # it says nothing, or hangs up without a word: that proves nothing
            return HTTPStatus.CONTINUE
        return int(words[1]) if len(words) > 1 and words[1].isdigit() else HTTPStatus.CONTINUE

    def _connection(self, url: str) -> tuple[HTTPConnection, str]:
        """Like the session's own: the same certificates, the same proxy.

        Always with a port: http.client takes the end of an IPv6 literal for one where it is given none.
        """
        there, proxy = urlsplit(url), urlsplit(self._session.proxy)
        host, port = there.hostname or "", there.port or _PORTS[there.scheme]
        first = (proxy.hostname, proxy.port) if proxy.hostname else (host, port)
        if there.scheme == "https":
            secure = HTTPSConnection(*first, timeout=self._session.limits.early, context=self._session.context)
            if proxy.hostname:
                secure.set_tunnel(host, port)
            return secure, there.path
        return HTTPConnection(*first, timeout=self._session.limits.early), url if proxy.hostname else there.path


def _first_line(sock: socket.socket, seconds: float) -> bytes:
    """What comes first, as far as it comes in time: all of it has the time that one wait has."""
    end, said = time.monotonic() + seconds, b""
    while b"\n" not in said and len(said) < _LINE:
        sock.settimeout(max(0.001, end - time.monotonic()))
        piece = sock.recv(_LINE)
        if not piece:
            break
        said += piece
    return said.partition(b"\n")[0]
