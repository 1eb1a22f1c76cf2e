"""MOVE, and finding out what happened when the answer is lost."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from http import HTTPStatus
from typing import NoReturn
from urllib.parse import urlsplit

from backuptool.errors import StoreError
from backuptool.stores.webdav.collection import Collection
from backuptool.stores.webdav.session import Session
from backuptool.stores.webdav.source import Gone, Source, Unsound
from backuptool.stores.webdav.status import CHANGED, LATER, Transient

_PROXY = "a proxy in front must pass on Host, and rewrite the Destination header where it ends TLS (https to http)"
# It took the file: neither is the url wrong, nor may this user not write.
_NOT_LET = {403, 405, 501}
_LET = "let it do MOVE there, and this user: dav_methods in nginx, Limit in Apache"


def _spellings(url: str) -> Iterator[str]:
    """What Destination may be, one after another while the server takes each for one elsewhere."""
    yield url
    yield urlsplit(url).path  # names no server; Apache does not take it
    if url.startswith("https:"):  # what Apache calls itself behind a proxy that ends TLS, on port 80
        parts = urlsplit(url)
        yield parts._replace(scheme="http", netloc=parts.netloc.removesuffix(f":{parts.port}")).geturl()
    yield url  # the gateway may have been bad for a moment only


class Move:
    """Renames `source` (of `size` bytes) to `name` in `collection`, replacing nothing.

    Never `Overwrite: T`: replayed with the source gone, some servers then delete the destination. `acted`: whether the
    server may have done anything.
    """

    def __init__(self, session: Session, source: Source, collection: Collection, name: str, size: int) -> None:
        self._session = session
        self._source = source
        self._collection = collection
        self._name = name
        self._size = size
        self._limit = session.limits.for_move(size)
        self._lost = self.acted = False
        self._spellings = list(_spellings(collection.address.of(name)))
        self._spelling = 0

    def run(self, headers: dict[str, str] | None = None) -> None:
        """Do it, with these headers besides. Raises StoreError."""
        self._headers = headers or {}
        try:
            self._session.retry(self._attempt)
        except StoreError:
            if not (self._lost and self._has_arrived_late()):
                raise

    def _attempt(self) -> None:
        try:
            status = self._move()
        except Transient as failure:
            self._after_a_lost_answer(failure)
            return
        except StoreError:
            if self._source.alone and self._has_arrived():  # something in front refused in a server's place that did it
                return
            raise
        if status in {400, 404, 412} | _NOT_LET:
            self._after_a_refusal(status)
        else:
            self._confirm()

    def _move(self) -> int:
        target = self._spellings[self._spelling]
        headers = {"Destination": target, "Overwrite": "F", "OC-Total-Length": str(self._size), **self._headers}
        timeout = (self._session.limits.connect, self._limit)
        good = {201, 204, 400, 404, 412} | _NOT_LET
        before, self.acted = self.acted, True
        with self._session.send("MOVE", self._source.url, good, headers, timeout=timeout) as answer:
            self.acted = before or answer.status_code not in {404, 412}
            return answer.status_code

    def _after_a_lost_answer(self, failure: Transient) -> None:
        """Look first: it may be done, or still be under way."""
        self._lost = True
        if self._has_arrived():
            return
        if failure.status in self._source.under_way:
            failure.until = self._limit  # the server is still copying
            failure.hint = _PROXY if failure.status == HTTPStatus.BAD_GATEWAY else failure.hint
        elif failure.status == HTTPStatus.BAD_GATEWAY:
            raise self._sent_elsewhere(failure.status) from failure
        raise failure

    def _sent_elsewhere(self, status: int) -> StoreError:
        """It was meant for another server, says this one, which knows itself by another name than we do.

        nginx says 400, the others 502.
        """
        said = f"{self._name} is stored, but the server could not rename it ({status})"
        if self._spelling == len(self._spellings) - 1:
            return StoreError(said, hint=_PROXY)
        self._spelling += 1
        return Transient(said, hint=_PROXY)

    def _after_a_refusal(self, status: int) -> None:
        if (self._lost or self._source.alone) and self._has_arrived():
            return
        if status in _NOT_LET:
            raise StoreError(f"{self._name} is stored, but the server does not let it be renamed ({status})", hint=_LET)
        if status == HTTPStatus.BAD_REQUEST and status not in self._source.unsound:
            raise self._sent_elsewhere(status)
        if status == HTTPStatus.BAD_REQUEST:
            said = f"{self._name}: the server says that what it has of it is not what was sent (400)"
            raise Unsound(said, hint=CHANGED)
        final = self._collection.look(self._name)
        if final is not None and self._lost:
            until = self._limit
            raise Transient(f"{self._name}: the server has not finished renaming it", hint=LATER, until=until)
        if status == HTTPStatus.PRECONDITION_FAILED:
            hint = "delete or rename it if it is not wanted"
            raise StoreError(f"{self._name} exists already; nothing was replaced", hint=hint)
        raise Gone(f"{self._name}: its upload is gone from the server", hint="something else deletes files there")

    def _has_arrived(self) -> bool:
        """Whether the final name has the right size and the source is gone."""
        final = self._collection.look(self._name)
        return final is not None and final.size == self._size and not self._source.is_there()

    def _has_arrived_late(self) -> bool:
        """The same in a time of its own: that of the operation may be over, and the server have done it since."""
        with self._session.cleaning(), suppress(StoreError):  # nobody knows then: what ended the operation is raised
            return self._has_arrived()
        return False

    def _confirm(self) -> None:
        """A 201 proves nothing."""
        try:
            final = self._collection.look(self._name)
        except StoreError:
            self._take_back()
            raise
        if final is None or final.size != self._size:
            self._withdraw()

    def _withdraw(self) -> NoReturn:
        """What our own MOVE made under the final name is not the verified file; a server that shows none may err."""
        self._take_back()
        hint = "look into the server's log and storage"
        raise StoreError(f"{self._name}: the server said renamed, but it is not there in full", hint=hint)

    def _take_back(self) -> None:
        try:
            self._collection.delete(self._name)
        except StoreError:  # the time of the operation may be over
            with self._session.cleaning():
                self._collection.delete(self._name)
