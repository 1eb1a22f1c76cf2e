"""One operation's requests: authenticated, paced, tried again while that may help."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from typing import TypeVar

from requests import Response

from backuptool.progress import Advance, stage
from backuptool.stores.webdav.address import Address
from backuptool.stores.webdav.body import Body, Metered
from backuptool.stores.webdav.credentials import Credentials
from backuptool.stores.webdav.limits import Deadline, Limits
from backuptool.stores.webdav.login import Login
from backuptool.stores.webdav.pace import Pace
from backuptool.stores.webdav.retry import patiently
from backuptool.stores.webdav.status import LATER, Transient
from backuptool.stores.webdav.wire import Wire

T = TypeVar("T")


def _unwatched(_count: int) -> None:
    """Outside of a stage."""


class Session(Wire):
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
        super().__init__(address, limits, what, context, proxy)
        self.pace = Pace(limits.rate)
        self.advance: Advance = _unwatched
        self._credentials = credentials
        self._login = Login(self, credentials)

    def twin(self) -> Session:
        """Another one for another thread, with connections of its own, with one end, at one pace, of one stage."""
        twin = Session(self.address, self._credentials, self.limits, self.what, self.context, self.proxy)
        twin.deadline, twin.pace, twin.advance = self.deadline.twin(), self.pace, self.advance
        return twin

    @property
    def user(self) -> str:
        """Who we are, by the credentials; empty where there are none."""
        return self._credentials.user if self._credentials else ""

    @property
    def reads_openly(self) -> bool:
        """Whether credentials are there, but reading does not need them; writing may."""
        return self._login.reads_openly

    @property
    def is_stranger(self) -> bool:
        """Whether there is a password, and nobody knows whether it is needed: 404 may mean that it is."""
        return self._login.is_stranger

    def keeps_password(self) -> bool:
        """Whether there is a password that nobody has asked for. Raises Transient, StoreError."""
        return self._login.keeps_password()

    def offer(self) -> None:
        """Bring the password though nobody has asked for it, if it may be shown."""
        self._login.offer()

    @property
    def has_nonce(self) -> bool:
        """Whether the password goes by digest."""
        return self._login.has_nonce

    def is_asked(self, method: str, url: str, unless: Collection[int]) -> bool:
        """Whether who does this without the password is asked for it; `unless`: what else may be said.

        Raises Transient, StoreError.
        """
        return self._login.is_asked(method, url, unless)

    def challenged(self) -> bool:
        """Whether the server asks for digest anew: what follows has a nonce that nothing has used."""
        return self._login.challenged()

    def authorized(self, method: str, url: str) -> dict[str, str]:
        """The headers of a request that somebody else sends, with a length of its own. Raises StoreError."""
        return self.headers(method, url, self._login.auth())

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
        own = Deadline(max(self.limits.cleaning, seconds), f"cleaning up after {self.what}")
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
            return self._login.checked(self._answer(method, url, headers or {}, metered, timeout), good)
        except BaseException:
            if metered is not None:
                metered.take_back()
            raise

    def status(self, method: str, url: str, good: Collection[int], headers: Mapping[str, str] | None = None) -> int:
        """That of the answer to a request without a body, when it is `good`. Raises Transient, StoreError."""
        with self.send(method, url, good, headers) as response:
            self.read(response, self.limits.listing)
            return response.status_code

    def _answer(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: Metered | None,
        timeout: tuple[float, float] | None,
    ) -> Response:
        """The first answer that is no challenge."""
        response = self.exchange(method, url, headers, self._login.auth(), body, timeout)
        while self._login.answers(response, unasked=body is None):
            if body is not None:
                raise Transient(f"{self.what}: the server wants the password for this only", hint=LATER, few=True)
            response = self.exchange(method, url, headers, self._login.auth(), None, timeout)
        return response
