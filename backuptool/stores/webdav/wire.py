"""One request, its answer and its body: each within the time of the operation, every failure a StoreError."""

from __future__ import annotations

import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Self

import requests
import urllib3
from requests import Response
from requests.auth import AuthBase

from backuptool.errors import StoreError
from backuptool.stores.webdav.address import Address
from backuptool.stores.webdav.body import Metered
from backuptool.stores.webdav.connection import broken
from backuptool.stores.webdav.limits import Deadline, Limits
from backuptool.stores.webdav.transport import hang_up, plain_session
from backuptool.stores.webdav.watch import in_time


class Wire:
    """The connections of one operation `what` to the server at `address`; a context manager that closes them."""

    def __init__(self, address: Address, limits: Limits, what: str, context: ssl.SSLContext, proxy: str = "") -> None:
        self.address, self.limits, self.what = address, limits, what
        self.context, self.proxy = context, proxy
        self.deadline = Deadline(limits.total, what, hint=limits.hint)
        self._session = plain_session(context, proxy)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        self._session.close()

    @property
    def is_secret(self) -> bool:
        """Whether nobody on the way can read along."""
        return self.address.is_tls or (self.address.is_loopback and not self.proxy)

    def cancel(self) -> None:
        """End what another thread does here, also where it waits for the server."""
        self.deadline.cancel()
        self._hang_up()

    def _hang_up(self) -> None:
        hang_up(self._session)

    def exchange(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        auth: AuthBase | None,
        body: Metered | None = None,
        timeout: tuple[float, float] | None = None,
    ) -> Response:
        """The answer to one request, whatever it says, its body not read yet. Raises Transient, StoreError.

        `timeout`: seconds to connect or send a block, seconds to wait for the answer.
        """
        left = self.deadline.remaining()
        first, second = timeout or (self.limits.connect, self.limits.metadata)
        request = requests.Request(method, url, headers=dict(headers), data=body, auth=auth)
        with self.plainly(), in_time(self.deadline, self._hang_up):
            prepared = self._session.prepare_request(request)
            return self._session.send(
                prepared,
                stream=True,
                allow_redirects=False,
                timeout=(min(first, left), min(second, left)),
            )

    def headers(self, method: str, url: str, auth: AuthBase | None) -> dict[str, str]:
        """Those of a request that somebody else sends, with a length of its own."""
        prepared = self._session.prepare_request(requests.Request(method, url, auth=auth)).headers
        prepared.pop("Content-Length", None)  # 0: with another one beside it, servers refuse both
        return dict(prepared)

    def read(self, response: Response, most: int) -> bytes:
        """The answer's body. Raises StoreError when it is longer than `most` bytes, Transient when it is cut."""
        content = bytearray()
        for block in self.blocks(response, 1 << 16):
            content += block
            if len(content) > most:
                raise StoreError(f"{self.what}: the answer is longer than {most} bytes", hint="keep fewer files there")
        return bytes(content)

    def excerpt(self, response: Response) -> str:
        """How the answer's body begins; nothing where it does not come: the status says enough."""
        with suppress(StoreError):
            return next(self.blocks(response, 4096), b"").decode("utf-8", "replace")
        return ""

    def blocks(self, response: Response, size: int) -> Iterator[bytes]:
        """The answer's body in blocks of at most `size` bytes. Raises Transient when it is cut, after what came."""
        block = bytearray()
        with self.plainly(), in_time(self.deadline, self._hang_up):
            try:
                # Not stream(): it looks at no clock before a block is full, and a server may send it in drops.
                while piece := response.raw.read1(size - len(block), decode_content=False):
                    self.deadline.remaining()
                    block += piece
                    if len(block) == size:
                        yield bytes(block)
                        block.clear()
            except urllib3.exceptions.HTTPError:
                self.deadline.remaining()  # what came before its end is no progress
                if block:
                    yield bytes(block)
                raise
        if block:
            yield bytes(block)

    @contextmanager
    def plainly(self) -> Iterator[None]:
        """Turn the libraries' errors into ours."""
        try:
            yield
        except (requests.RequestException, urllib3.exceptions.HTTPError) as failure:
            raise broken(failure, self.what, self.address) from failure
