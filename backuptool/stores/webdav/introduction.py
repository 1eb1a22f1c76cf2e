"""Being known to a server: before it is believed that nothing is there, or nothing more, and before a body goes to it.

Strangers may be shown nothing, or a part, by a server that asks for no password then. It asks before a change, so a
DELETE of what is not there finds out: whatever else is said of that, the password was right.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from backuptool.stores.webdav.session import Session

T = TypeVar("T")

# What servers say of a DELETE of what is not there.
_OF_NOTHING = frozenset({200, 202, 204, 207, 400, 403, 404, 405, 409, 410, 412, 423, 501})


def once_known(session: Session, unused: str, look: Callable[[], T | None]) -> T | None:
    """What `look` finds, also where strangers are shown nothing, or a part. `unused`: where nothing is.

    Raises StoreError.
    """
    if session.retry(session.keeps_password) and session.is_stranger:  # not once more where nothing came of it
        _introduce(session, unused)
    found = look()
    if found is None and session.is_stranger:
        _introduce(session, unused)
        return look()
    return found


def warm(session: Session, unused: str) -> None:
    """One request without a body, so that a PUT to `unused`, where nothing is, has a fresh nonce.

    Where reading needs no password only a change is challenged: nginx' limit_except, whose 401 to a body is lost in
    the reset that follows it. Who may not delete may still put. Raises Transient, StoreError.
    """
    if session.reads_openly:
        _touch(session, unused)
        if session.has_nonce:  # it may have been good for that one only
            session.is_asked("DELETE", unused, _OF_NOTHING)
    elif not session.challenged():
        session.status("PROPFIND", session.address.url, {207}, {"Depth": "0"})


def _introduce(session: Session, unused: str) -> None:
    """Show the password as it is asked for; where nothing asks, unasked, if that may be."""
    if not session.retry(lambda: session.is_asked("DELETE", unused, _OF_NOTHING)):
        session.offer()
    if not session.keeps_password():
        session.retry(lambda: _touch(session, unused))


def _touch(session: Session, unused: str) -> None:
    session.status("DELETE", unused, _OF_NOTHING)
