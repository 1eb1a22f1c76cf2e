"""Reading a file, and going on where the connection broke."""

from __future__ import annotations

from collections.abc import Iterator
from http import HTTPStatus

from requests import Response

from backuptool.errors import StoreError
from backuptool.stores.webdav.session import Session
from backuptool.stores.webdav.status import LATER, Transient

_BLOCK = 1 << 20


class Download:
    """The bytes of the file `name` from `start` up to `size`, over as many connections as it takes."""

    def __init__(self, session: Session, name: str, size: int, start: int = 0) -> None:
        self._session = session
        self._name = name
        self._size = size
        self._position = start
        self._response: Response | None = None
        self._blocks: Iterator[bytes] = iter(())

    def __iter__(self) -> Iterator[bytes]:
        """The blocks. Raises StoreError unless they come to exactly the size."""
        try:
            while self._position < self._size:
                block = self._session.retry(self._next)
                self._position += len(block)
                yield block
                self._session.goes_on()
                self._session.advance(len(block))
        finally:
            self._close()

    def _next(self) -> bytes:
        try:
            if self._response is None:
                self._connect()
            block = self._block()
        except Transient:
            self._close()
            raise
        if self._position + len(block) > self._size:
            raise StoreError(f"{self._name}: is longer than {self._size} bytes", hint="something else changes it")
        return block

    def _block(self) -> bytes:
        block = next(self._blocks, b"")
        if not block:
            ends = f"{self._name}: ends after {self._position} of {self._size} bytes"
            raise Transient(ends, hint=LATER, few=True)
        return block

    def _connect(self) -> None:
        headers = {"Range": f"bytes={self._position}-"} if self._position else {}
        limits = self._session.limits
        self._response = self._session.send(
            "GET", self._session.address.of(self._name), {200, 206}, headers, timeout=(limits.connect, limits.stall)
        )
        self._blocks = self._paced(self._response)
        if self._position and not self._starts_here(self._response):
            self._skip()

    def _paced(self, response: Response) -> Iterator[bytes]:
        pace = self._session.pace
        for block in self._session.blocks(response, pace.piece(_BLOCK)):
            pace.take(len(block))
            yield block

    def _starts_here(self, response: Response) -> bool:
        """False when the server ignored the range and sends everything."""
        if response.status_code != HTTPStatus.PARTIAL_CONTENT:
            return False
        if not response.headers.get("Content-Range", "").startswith(f"bytes {self._position}-"):
            raise StoreError(f"{self._name}: the server sends another range than asked for", hint="look into its log")
        return True

    def _skip(self) -> None:
        left = self._position
        for block in self._blocks:
            if len(block) > left:
                self._blocks = _behind(block[left:], self._blocks)
                return
            left -= len(block)
            self._session.goes_on()
            if not left:
                return

    def _close(self) -> None:
        if self._response is not None:
            self._response.close()
            self._response = None


def _behind(first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from rest
