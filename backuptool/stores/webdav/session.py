"""One operation's requests: authenticated, limited in time, and every failure a StoreError."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from http import HTTPStatus
from typing import Self, TypeVar

import requests
import urllib3
from requests import Response
from requests.auth import AuthBase

from backuptool.errors import StoreError
from backuptool.progress import Advance, stage
from backuptool.stores.webdav.address import Address
from backuptool.stores.webdav.auth import Bearer, Digest, basic, choose, refused
from backuptool.stores.webdav.body import Body, Metered
from backuptool.stores.webdav.challenge import is_stale
from backuptool.stores.webdav.connection import broken
from backuptool.stores.webdav.credentials import Credentials
from backuptool.stores.webdav.limits import Deadline, Limits
from backuptool.stores.webdav.pace import Pace
from backuptool.stores.webdav.retry import patiently
from backuptool.stores.webdav.status import LATER, Transient, refusal
from backuptool.stores.webdav.transport import hang_up, plain_session

T = TypeVar("T")

# What a PROPFIND without credentials says when none are needed.
_OPEN = frozenset({207, 404})
# What it may say where they are, to tell strangers nothing (RFC 9110, 15.5.4).
_HIDING = frozenset({403, 404})


def _unwatched(_count: int) -> None:
    """Outside of a stage."""


class Session:
    """The requests of one operation `what`; a context manager that closes the connections."""

    def __init__(
        self,
        address: Address,
        credentials: Credentials | None,
        limits: Limits,
        what: str,
        context: ssl.SSLContext,
        proxy: str = "",
    ) -> None:
        self.address = address
        self.limits = limits
        self.deadline = Deadline(limits.total, what, hint=limits.hint)
        self.pace = Pace(limits.rate)
        self.advance: Advance = _unwatched
        self._what = what
        self._credentials = credentials
        self.context, self.proxy = context, proxy
        self._asked = self._offered = False  # asked: for a challenge; offered: Basic, which nobody has asked for
        self.reads_openly = False  # credentials are there, but reading does not need them; writing may
        self._auth: AuthBase | None = None
        self._session = plain_session(context, proxy)

    def twin(self) -> Session:
        """Another one for another thread, with connections of its own, with one end, at one pace, of one stage."""
        twin = Session(self.address, self._credentials, self.limits, self._what, self.context, self.proxy)
        twin.deadline, twin.pace, twin.advance = self.deadline.twin(), self.pace, self.advance
        return twin

    def authorized(self, method: str, url: str) -> dict[str, str]:
        """The headers of a request that somebody else sends, with a length of its own. Raises StoreError."""
        request = requests.Request(method, url, auth=self._authentication())
        prepared = self._session.prepare_request(request).headers
        prepared.pop("Content-Length", None)  # 0: with another one beside it, servers refuse both
        return dict(prepared)

    @property
    def user(self) -> str:
        """Who we are, by the credentials; empty where there are none."""
        return self._credentials.user if self._credentials else ""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        self._session.close()

    def cancel(self) -> None:
        """End what another thread does here, also where it waits for the server."""
        self.deadline.cancel()
        hang_up(self._session)

    @contextmanager
    def stage(self, what: str, total: int) -> Iterator[None]:
        """The bodies that are sent and the files that are read in this block, by any thread, are a stage of `what`."""
        with stage(what, total) as advance:
            self.advance = advance
            try:
                yield
            finally:
                self.advance = _unwatched

    @contextmanager
    def cleaning(self, seconds: float = 0) -> Iterator[None]:
        """What is asked for in this block has a time of its own: short, also where that of the operation is over.

        `seconds`: what it has at least.
        """
        own = Deadline(max(self.limits.cleaning, seconds), f"cleaning up after {self._what}")
        before, self.deadline = self.deadline, own
        try:
            yield
        finally:
            self.deadline = before

    def goes_on(self) -> None:
        """A block was read, and done with: where each has a time of its own, that of the next begins."""
        if self.limits.by_block:
            self.deadline.renew()

    def retry(self, attempt: Callable[[], T], patience: float | None = None) -> T:
        """What `attempt` returns, tried again while it raises Transient. Raises StoreError.

        `patience`: seconds for which the server may be away, if not those of the limits.
        """
        wanted = self.limits.patience if patience is None else patience
        return patiently(attempt, self.limits, self.deadline, wanted)

    def send(
        self,
        method: str,
        url: str,
        good: Collection[int],
        headers: Mapping[str, str] | None = None,
        body: Body | None = None,
        timeout: tuple[float, float] | None = None,
    ) -> Response:
        """The answer to one request, its body not read yet, when its status is `good`; the caller closes it.

        `timeout`: seconds to connect or send a block, seconds to wait for the answer. Raises Transient, StoreError.
        """
        metered = Metered(body, self.pace, self.advance) if body else None
        try:
            return self._checked(self._answer(method, url, headers or {}, metered, timeout), good)
        except BaseException:
            if metered is not None:
                metered.take_back()
            raise

    def _answer(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: Metered | None,
        timeout: tuple[float, float] | None,
    ) -> Response:
        """The first answer that is no challenge."""
        auth = self._authentication()
        response = self._exchange(method, url, headers, body, timeout, auth)
        if (auth is None or self._offered) and self._answered(response):
            self._offered = False
            if body is not None:
                raise Transient(f"{self._what}: the server wants the password for this only", hint=LATER, few=True)
            response = self._exchange(method, url, headers, None, timeout, self._auth)
        return response

    def _authentication(self) -> AuthBase | None:
        """Asked for once: a PROPFIND without credentials shows the challenge, if reading needs any."""
        if self._credentials is not None and self._credentials.scheme == "bearer":
            return Bearer(self._credentials, self.address.host, is_secret=self._is_secret)
        if not self._asked:
            with self._knock(None) as response:
                if not (self._answered(response) or self._lets_in(response)):
                    self._checked(response, _OPEN)
                    self.reads_openly = self._has_password
            self._asked = True
        return self._auth

    def _knock(self, auth: AuthBase | None) -> Response:
        return self._exchange("PROPFIND", self.address.url, {"Depth": "0"}, None, None, auth)

    def _lets_in(self, response: Response) -> bool:
        """Whether a server that hides what is there from strangers shows it to who brings the password unasked."""
        if response.status_code not in _HIDING or self._credentials is None or not self._has_password:
            return False
        if self._credentials.scheme == "digest" or not self._is_secret:
            return False
        auth = basic(self._credentials)
        with self._knock(auth) as second:
            if not self._answered(second):
                self._checked(second, _OPEN)  # busy, say: that strangers are shown nothing means nothing then
                self._auth, self._offered = auth, True
                self.reads_openly = second.status_code == HTTPStatus.NOT_FOUND
        return True

    def challenged(self) -> bool:
        """Whether the server asks for digest anew: what follows has a nonce that nothing has used.

        Some are good for one request only (Apache's AuthDigestNonceLifetime 0), and none can be got with a body.
        """
        if not isinstance(self._auth, Digest):
            return False
        with self._knock(None) as response:
            return self._answered(response)

    def _answered(self, response: Response) -> bool:
        """Whether `response` is a challenge that the credentials answer from now on; it is closed then."""
        if response.status_code != HTTPStatus.UNAUTHORIZED or self._credentials is None or not self._has_password:
            return False
        with response:
            next(self.blocks(response, 1 << 16), b"")  # the connection is good for more then
            challenge = response.headers.get("WWW-Authenticate", "")
            self._auth = choose(challenge, self._credentials, self.address.host, is_secret=self._is_secret)
        return True

    @property
    def _has_password(self) -> bool:
        return self._credentials is not None and self._credentials.scheme != "certificate"

    @property
    def _is_secret(self) -> bool:
        """Whether nobody on the way can read along."""
        return self.address.is_tls or (self.address.is_loopback and not self._session.proxies)

    def _exchange(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: Metered | None,
        timeout: tuple[float, float] | None,
        auth: AuthBase | None,
    ) -> Response:
        left = self.deadline.remaining()
        first, second = timeout or (self.limits.connect, self.limits.metadata)
        request = requests.Request(method, url, headers=dict(headers), data=body, auth=auth)
        with self.plainly(), self._in_time():
            prepared = self._session.prepare_request(request)
            return self._session.send(
                prepared,
                stream=True,
                allow_redirects=False,
                timeout=(min(first, left), min(second, left)),
            )

    def _checked(self, response: Response, good: Collection[int]) -> Response:
        if response.status_code in good:
            return response
        with response:
            if response.status_code == HTTPStatus.UNAUTHORIZED:
                raise self._unauthorized(response)
            excerpt = self._excerpt(response) if response.status_code == HTTPStatus.BAD_REQUEST else ""
            raise refusal(response, self._what, self.limits.longest_retry_after, excerpt)

    def _unauthorized(self, response: Response) -> StoreError:
        if is_stale(response):
            return Transient(f"{self._what}: the server's nonce expired", hint=LATER, few=True, status=401)
        reason, hint = refused(self._credentials)
        return StoreError(f"{self._what}: {reason} (401)", hint=hint)

    def _excerpt(self, response: Response) -> str:
        """How its body begins; nothing where it does not come: the status says enough."""
        with suppress(StoreError):
            return next(self.blocks(response, 4096), b"").decode("utf-8", "replace")
        return ""

    def read(self, response: Response, most: int) -> bytes:
        """The answer's body. Raises StoreError when it is longer than `most` bytes, Transient when it is cut."""
        content = bytearray()
        for block in self.blocks(response, 1 << 16):
            content += block
            if len(content) > most:
                raise StoreError(f"{self._what}: the answer is longer than {most} bytes", hint="keep fewer files there")
        return bytes(content)

    def blocks(self, response: Response, size: int) -> Iterator[bytes]:
        """The answer's body in blocks of at most `size` bytes. Raises Transient when it is cut, after what came."""
        block = bytearray()
        with self.plainly(), self._in_time():
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
    def _in_time(self) -> Iterator[None]:
        """Hang up when the time of the operation is over, whatever is waited for in this block: the libraries give each
        piece of a head, of a chunk's length or of a trailer a time of its own, and a server may send them in drops."""
        over = threading.Event()

        def watch() -> None:
            while not over.wait(self.deadline.left):
                if not self.deadline.left:  # a block has its time anew
                    hang_up(self._session)
                    return

        watching = threading.Thread(target=watch, daemon=True)
        watching.start()
        try:
            yield
        finally:
            over.set()

    @contextmanager
    def plainly(self) -> Iterator[None]:
        """Turn the libraries' errors into ours."""
        try:
            yield
        except (requests.RequestException, urllib3.exceptions.HTTPError) as failure:
            raise broken(failure, self._what, self.address) from failure
