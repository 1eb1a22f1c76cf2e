"""Who we are to a server: asked for once, before the first request that needs it."""

from __future__ import annotations

from collections.abc import Collection
from http import HTTPStatus

from requests import Response
from requests.auth import AuthBase

from backuptool.errors import StoreError
from backuptool.stores.webdav.auth import Bearer, Digest, basic, choose, refused
from backuptool.stores.webdav.challenge import is_stale
from backuptool.stores.webdav.credentials import Credentials
from backuptool.stores.webdav.status import LATER, Transient, refusal
from backuptool.stores.webdav.wire import Wire

# What a PROPFIND without credentials says when none are needed.
_OPEN = frozenset({207, 404})
# What it may say where they are, to tell strangers nothing (RFC 9110, 15.5.4).
_HIDING = frozenset({403, 404})


class Login:
    """The `credentials` on one `wire`, as the server's challenge wants them."""

    def __init__(self, wire: Wire, credentials: Credentials | None) -> None:
        self._wire, self._credentials = wire, credentials
        # asked: for a challenge; offered: Basic, which nobody has asked for; tried: whether a change needs more
        self._asked = self._offered = self._tried = False
        self._auth: AuthBase | None = None
        self.reads_openly = False  # credentials are there, but reading does not need them; writing may

    def auth(self) -> AuthBase | None:
        """Asked for once: a PROPFIND without credentials shows the challenge, if reading needs any. Raises StoreError.

        None: nothing has asked for them yet.
        """
        if not self._asked:
            self._ask()
            self._asked = True
        return self._auth

    def _ask(self) -> None:
        if self._credentials is not None and self._credentials.scheme == "bearer":
            self._auth = Bearer(self._credentials, self._wire.address.host, is_secret=self._wire.is_secret)
            return
        with self._knock(None) as response:
            if not (self._answered(response) or self._lets_in(response)):
                self.checked(response, _OPEN)
                self.reads_openly = self._has_password

    @property
    def is_stranger(self) -> bool:
        """Whether there is a password, and nobody knows whether it is needed: 404 may mean that it is.

        Or that it is a wrong one, where it was brought unasked.
        """
        return self._has_password and (self._auth is None or self._offered) and not self._tried

    def keeps_password(self) -> bool:
        """Whether there is a password that nobody has asked for. Raises Transient, StoreError."""
        return self._has_password and self.auth() is None

    def offer(self) -> None:
        """Bring Basic though nobody has asked for it, if it may be shown."""
        if self._auth is None and self._may_offer:
            self._auth, self._offered = basic(self._may_offer), True

    @property
    def has_nonce(self) -> bool:
        """Whether the password goes by digest."""
        return isinstance(self._auth, Digest)

    def answers(self, response: Response, *, unasked: bool) -> bool:
        """Whether `response` makes `auth` another than it was: the request is to be sent again; it is closed then.

        401 asks for the credentials. 403 and 404 do not, but may stand in its place for who is a stranger: Basic is
        brought `unasked` then, which is answered by 401 where only digest will do. Twice at most. Raises StoreError.
        """
        if self._auth is None and unasked and response.status_code in _HIDING and self._may_offer:
            response.close()
            self.offer()
            return True
        if self._auth is not None and not self._offered:
            return False
        answered = self._answered(response)
        self._offered = self._offered and not answered
        return answered

    def is_asked(self, method: str, url: str, unless: Collection[int]) -> bool:
        """Whether who does this without the password is asked for it, which `auth` has then.

        `unless`: what else may be said. Raises Transient, StoreError.
        """
        with self._wire.exchange(method, url, {}, None) as response:
            answered = self._answered(response)
            if not answered:
                self.checked(response, unless)
        self._tried, self._offered = True, self._offered and not answered
        return answered

    def challenged(self) -> bool:
        """Whether the server asks for digest anew: what follows has a nonce that nothing has used.

        Some are good for one request only (Apache's AuthDigestNonceLifetime 0), and none can be got with a body.
        """
        if not self.has_nonce:
            return False
        with self._knock(None) as response:
            return self._answered(response)

    def checked(self, response: Response, good: Collection[int]) -> Response:
        """`response` when its status is `good`. Raises Transient, StoreError, and closes it then."""
        if response.status_code in good:
            return response
        with response:
            if response.status_code == HTTPStatus.UNAUTHORIZED:
                raise self._unauthorized(response)
            excerpt = self._wire.excerpt(response) if response.status_code == HTTPStatus.BAD_REQUEST else ""
            raise refusal(response, self._wire.what, self._wire.limits.longest_retry_after, excerpt)

    def _unauthorized(self, response: Response) -> StoreError:
        if is_stale(response):
            return Transient(f"{self._wire.what}: the server's nonce expired", hint=LATER, few=True, status=401)
        reason, hint = refused(self._credentials)
        return StoreError(f"{self._wire.what}: {reason} (401)", hint=hint)

    def _knock(self, auth: AuthBase | None) -> Response:
        return self._wire.exchange("PROPFIND", self._wire.address.url, {"Depth": "0"}, auth)

    def _lets_in(self, response: Response) -> bool:
        """Whether a server that hides what is there from strangers shows it to who brings the password unasked."""
        if response.status_code not in _HIDING or self._may_offer is None:
            return False
        auth = basic(self._may_offer)
        with self._knock(auth) as second:
            if not self._answered(second):
                self.checked(second, _OPEN)  # busy, say: that strangers are shown nothing means nothing then
                self._auth, self._offered = auth, True
                self.reads_openly = second.status_code == HTTPStatus.NOT_FOUND
        return True

    def _answered(self, response: Response) -> bool:
        """Whether `response` is a challenge that the credentials answer from now on; it is closed then."""
        if response.status_code != HTTPStatus.UNAUTHORIZED or self._credentials is None or not self._has_password:
            return False
        with response:
            next(self._wire.blocks(response, 1 << 16), b"")  # the connection is good for more then
            challenge = response.headers.get("WWW-Authenticate", "")
            host, is_secret = self._wire.address.host, self._wire.is_secret
            wanted = choose(challenge, self._credentials, host, is_secret=is_secret)
        if not isinstance(wanted, Digest) and "Authorization" in response.request.headers:
            return False  # it has been brought, and is refused
        self._auth = wanted
        return True

    @property
    def _may_offer(self) -> Credentials | None:
        """Those that may be shown to a server that has not asked for them."""
        if self._credentials is None or self._credentials.scheme not in {"any", "basic"} or not self._wire.is_secret:
            return None
        return self._credentials

    @property
    def _has_password(self) -> bool:
        return self._credentials is not None and self._credentials.scheme != "certificate"
