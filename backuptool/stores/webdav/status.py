"""What each status means for a backup: whether to try again, and what a person should do."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus

from requests import Response

from backuptool.errors import StoreError


class Transient(StoreError):
    """A failure that may pass by itself.

    `few`: it rarely does. `away`: no connection was made, nothing was sent. `until`: seconds for which it may be polled
    however often. `retry_after`: seconds the server asked for. `status`: of the answer, None when there was none.
    """

    def __init__(
        self,
        message: str,
        *,
        hint: str = "",
        few: bool = False,
        away: bool = False,
        until: float | None = None,
        retry_after: float = 0,
        status: int | None = None,
    ) -> None:
        super().__init__(message, hint=hint)
        self.few = few
        self.away = away
        self.until = until
        self.retry_after = retry_after
        self.status = status


class TooLarge(StoreError):
    """The server, or a proxy in front of it, takes no body of that size."""


LATER = "the server or something in front of it is busy or down; try again later, look into its log"
LOCKED = "another client holds a lock there, on the file or its folder; have it ended, or wait until it is"
CHANGED = "look into the server's disk, which may be full, and its memory, and for a proxy that changes what passes"

# Passes by itself.
RETRIED = {
    408: "the server waited too long for the request",
    425: "the server does not want the request so early",
    429: "the server gets too many requests",
    502: "the proxy in front got no good answer from the server",
    503: "the server is busy or in maintenance",
    504: "the proxy in front waited too long for the server",
    509: "the server's bandwidth is used up",
    **dict.fromkeys(range(520, 525), "the proxy in front does not reach the server"),
}

# Passes sometimes: a lock of another client, a crash.
RETRIED_FEW_TIMES = {
    423: "the file is locked",
    500: "the server had an internal error",
}

# Stays until a person does something: the reason, the hint.
PERMANENT = {
    200: ("the server answered with a page", "check that the url is that of a WebDAV folder, with no login in front"),
    400: ("the server does not understand the request", "check that the url is that of a WebDAV folder"),
    401: ("the server refuses the user name or password", "check both; many servers want an app password here"),
    403: ("the server forbids it", "check that this user may read and write there"),
    404: ("there is no such file or folder", "check the url"),
    405: ("the server does not speak WebDAV there", "check that the url is that of a WebDAV folder"),
    407: ("the proxy wants a user name or password", "use a proxy that lets this host pass without one"),
    409: ("the parent folder does not exist", "make it first; only the last part of the path is made"),
    411: ("the server or a proxy wants a length that was sent", "look for a broken proxy in front of it"),
    412: ("the name exists already; nothing was replaced", "delete or rename it if it is not wanted"),
    413: ("the file is too large for the server", "raise its limit for request bodies, in the proxy in front too"),
    414: ("the address is too long for the server", "use a shorter url or plan name"),
    415: ("the server does not take this kind of file", "check that the url is that of a WebDAV folder"),
    416: ("the server's file is shorter than it was", "somebody changes files there; look who"),
    501: ("the server does not speak WebDAV there", "check that the url is that of a WebDAV folder"),
    507: ("the server is full", "free some space or quota there, or keep fewer bundles"),
}


REDIRECTS = range(300, 400)
# nginx, Apache, Go.
_TLS_ONLY = re.compile("plain HTTP|HTTP request to an HTTPS server")
# What stands before the host, however many slashes a browser would forgive.
_PASSWORD = re.compile(r"^(https?:[/\\]*|[/\\]{2})[^/\\]*@", re.IGNORECASE)


def refusal(response: Response, what: str, longest_retry_after: float, excerpt: str = "") -> StoreError:
    """The error for an answer that was not hoped for; Transient when it may pass. `excerpt`: how its body begins."""
    status = response.status_code
    if status in REDIRECTS:
        return _redirected(response, what)
    if status == HTTPStatus.BAD_REQUEST and "Expected filesize" in excerpt:  # Nextcloud: the body was cut on the way
        return Transient(f"{what}: the server got only a part of the file ({status})", hint=LATER, status=status)
    if status == HTTPStatus.BAD_REQUEST and "SSL certificate" in excerpt:  # nginx says it by HTTP
        hint = "check client_cert (curl: cert)"
        return StoreError(f"{what}: it does not accept the client certificate, or wants one ({status})", hint=hint)
    if status == HTTPStatus.BAD_REQUEST and _TLS_ONLY.search(excerpt):
        return StoreError(f"{what}: the server speaks TLS there ({status})", hint="write https in the url")
    if status in RETRIED or status in RETRIED_FEW_TIMES:
        reason = RETRIED.get(status) or RETRIED_FEW_TIMES[status]
        after = min(_retry_after(response), longest_retry_after)
        few = status in RETRIED_FEW_TIMES
        hint = LOCKED if status == HTTPStatus.LOCKED else LATER
        return Transient(f"{what}: {reason} ({status})", hint=hint, few=few, retry_after=after, status=status)
    reason, hint = PERMANENT.get(status, ("the server gave an unexpected answer", "look into the server's log"))
    failure = TooLarge if status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE else StoreError
    return failure(f"{what}: {reason} ({status})", hint=hint)


def _redirected(response: Response, what: str) -> StoreError:
    """Redirects are never followed: they turn a PUT into a GET, or resend it empty."""
    target = response.headers.get("Location", "nowhere").partition("?")[0].partition("#")[0]
    shown = _PASSWORD.sub(r"\1", target)
    hint = "put the final address into the configuration, if you trust it"
    return StoreError(f"{what}: the server redirects to {shown!a} ({response.status_code})", hint=hint)


def _retry_after(response: Response) -> float:
    """Seconds, or a date; 0 when there is none that can be read."""
    value = response.headers.get("Retry-After", "").strip()
    if value.isascii() and value.isdecimal():
        return float(value)
    try:
        date = parsedate_to_datetime(value)
    except (ValueError, OverflowError):
        return 0
    return max(0.0, (date.replace(tzinfo=date.tzinfo or UTC) - datetime.now(UTC)).total_seconds())
