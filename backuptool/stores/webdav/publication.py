"""MOVE to the final name, and finding out what happened when the answer is lost."""

from __future__ import annotations

from http import HTTPStatus
from typing import NoReturn

from backuptool.errors import StoreError
from backuptool.stores.webdav.collection import Collection
from backuptool.stores.webdav.session import Session
from backuptool.stores.webdav.status import LATER, Transient

_TWICE = 2


class Publication:
    """Renames `temporary` (of `size` bytes, verified) to `name`, replacing nothing.

    Never `Overwrite: T`: replayed with the source gone, some servers then delete the destination.
    """

    def __init__(self, session: Session, temporary: str, name: str, size: int) -> None:
        self._session = session
        self._collection = Collection(session)
        self._temporary = temporary
        self._name = name
        self._size = size
        self._limit = session.limits.for_move(size)
        self._lost = False
        self._bad_gateways = 0

    def run(self) -> None:
        """Do it. Raises StoreError."""
        self._session.retry(self._attempt)

    def _attempt(self) -> None:
        try:
            status = self._move()
        except Transient as failure:
            self._after_a_lost_answer(failure)
            return
        except StoreError:
            if self._has_arrived():  # something in front refused in the place of a server that did it
                return
            raise
        if status in {404, 412}:
            self._after_a_refusal(status)
        else:
            self._confirm()

    def _move(self) -> int:
        address = self._session.address
        headers = {"Destination": address.of(self._name), "Overwrite": "F", "OC-Total-Length": str(self._size)}
        timeout = (self._session.limits.connect, self._limit)
        with self._session.send(
            "MOVE", address.of(self._temporary), {201, 204, 404, 412}, headers, timeout=timeout
        ) as answer:
            return answer.status_code

    def _after_a_lost_answer(self, failure: Transient) -> None:
        """Look first: it may be done, or still be under way."""
        self._lost = True
        if self._has_arrived():
            return
        self._bad_gateways += failure.status == HTTPStatus.BAD_GATEWAY
        if self._bad_gateways >= _TWICE:
            hint = "a proxy that ends TLS must rewrite the Destination header too (https to http)"
            raise StoreError(f"{self._name} is stored, but twice the server could not rename it (502)", hint=hint)
        if failure.status == HTTPStatus.LOCKED:
            failure.until = self._limit  # the server is still copying
        raise failure

    def _after_a_refusal(self, status: int) -> None:
        if self._has_arrived():
            return
        final = self._collection.look(self._name)
        if final is not None and self._lost:
            until = self._limit
            raise Transient(f"{self._name}: the server has not finished renaming it", hint=LATER, until=until)
        if status == HTTPStatus.PRECONDITION_FAILED:
            hint = "delete or rename it if it is not wanted"
            raise StoreError(f"{self._name} exists already; nothing was replaced", hint=hint)
        raise StoreError(f"{self._name}: its upload is gone from the server", hint="something else deletes files there")

    def _has_arrived(self) -> bool:
        """Whether the final name has the right size and the temporary one is gone."""
        final = self._collection.look(self._name)
        return final is not None and final.size == self._size and self._collection.look(self._temporary) is None

    def _confirm(self) -> None:
        """A 201 proves nothing."""
        try:
            final = self._collection.look(self._name)
        except StoreError:
            self._collection.delete(self._name)
            raise
        if final is None or final.size != self._size:
            self._withdraw()

    def _withdraw(self) -> NoReturn:
        """What our own MOVE made under the final name is not the verified file; a server that shows none may err."""
        self._collection.delete(self._name)
        hint = "look into the server's log and storage"
        raise StoreError(f"{self._name}: the server said renamed, but it is not there in full", hint=hint)
