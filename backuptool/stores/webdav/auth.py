"""Digest or Basic, as the server's challenge asks; a token without being asked."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from requests import PreparedRequest, Response
from requests.auth import AuthBase, HTTPBasicAuth, HTTPDigestAuth
from requests.utils import parse_dict_header

from backuptool.errors import StoreError
from backuptool.stores.webdav.challenge import answerable, challenges, is_stale, ways
from backuptool.stores.webdav.credentials import Credentials
from backuptool.stores.webdav.status import PERMANENT


def choose(challenge: str, credentials: Credentials, host: str, *, is_secret: bool) -> AuthBase:
    """The way to authenticate that answers the `challenge` (WWW-Authenticate) of `host`. Raises StoreError.

    `is_secret`: nobody on the way there can read along; Basic needs it.
    """
    offered = {scheme for scheme, _ in challenges(challenge)}
    if credentials.scheme != "basic" and "digest" in offered:
        return Digest(credentials, answerable(challenge))
    if credentials.scheme != "digest" and "basic" in offered:
        if not is_secret:
            hint = "use an https address; Basic shows the password to everybody on the way"
            raise StoreError(f"{host} wants the password in clear over plain http", hint=hint)
        return basic(credentials)
    wanted = "digest or basic" if credentials.scheme == "any" else credentials.scheme
    hint = f"it offers: {', '.join(sorted(offered)) or 'nothing'}; change `{credentials.scheme}` in the credentials"
    raise StoreError(f"{host} does not offer {wanted} authentication", hint=hint)


def basic(credentials: Credentials) -> AuthBase:
    """The password in clear with every request (RFC 7617): for where nobody can read along."""
    return HTTPBasicAuth(credentials.user.encode("utf-8", "surrogateescape"), credentials.password.reveal())


_LONGEST = 64 << 10  # bytes


class Bearer(AuthBase):
    """A token with every request (RFC 6750): it has no nonce that would have to be asked for."""

    def __init__(self, credentials: Credentials, host: str, *, is_secret: bool) -> None:
        """Raises StoreError where somebody could read along on the way to `host`."""
        if not is_secret:
            hint = "use an https address; a token is shown to everybody on the way"
            raise StoreError(f"a token is never sent over plain http, as to {host}", hint=hint)
        self._token = credentials.password

    def __call__(self, r: PreparedRequest) -> PreparedRequest:
        """Add it."""
        r.headers["Authorization"] = f"Bearer {self._token.text()}"
        return r


class Digest(HTTPDigestAuth):
    """requests' digest, but a body is never sent twice and a refused password never tried again."""

    def __init__(self, credentials: Credentials, challenge: str) -> None:
        """Raises StoreError for a name or a password that is not UTF-8: requests hashes no other.

        The first request answers the `challenge` already: a server that hides would give that one no other.
        """
        user, password = credentials.user, credentials.password.text()
        if any("\udc80" <= letter <= "\udcff" for letter in user + password):  # what surrogateescape makes of it
            hint = "write them in UTF-8 (iconv -t UTF-8), or insist on basic"
            raise StoreError("the user name or password is not UTF-8, which digest needs", hint=hint)
        super().__init__(user, password)
        self._accepted = True  # not by this one, but nobody has refused it: its nonce may have ended since
        self.init_per_thread_state()
        told = parse_dict_header(challenge.partition(" ")[2])  # type: ignore[no-untyped-call] # stubs
        self._thread_local.chal = told  # type: ignore[attr-defined] # stubs
        self._thread_local.last_nonce = told.get("nonce", "")  # type: ignore[attr-defined] # stubs

    def build_digest_header(self, method: str, url: str) -> str:
        """The Authorization header, what it repeats quoted again, in UTF-8 (http.client writes headers in Latin-1).

        Raises StoreError where the challenge asks for what requests cannot do, or says too little.
        """
        told = self._thread_local.chal  # type: ignore[attr-defined] # stubs
        if "auth" in ways(told):  # requests finds it only where no blank is around
            told["qop"] = "auth"
        try:
            header: str | None = super().build_digest_header(method, url)  # type: ignore[no-untyped-call] # stubs
        except KeyError:  # no realm, no nonce
            header = None
        if header is None:
            hint = "let it offer digest with MD5 or SHA-256 and qop=auth, or basic (and insist on basic here)"
            raise StoreError("the server asks for a kind of digest that is not known", hint=hint)
        repeated = {name: told[name] for name in ("realm", "nonce", "opaque") if told.get(name)}
        for name, text in {"username": str(self.username), **repeated}.items():
            quoted = text.replace("\\", "\\\\").replace('"', '\\"')
            header = header.replace(f'{name}="{text}"', f'{name}="{quoted}"', 1)
        if told.get("opaque") == "":  # requests leaves it out
            header += ', opaque=""'
        return header.encode().decode("latin-1")

    def handle_401(self, r: Response, **kwargs: Any) -> Response:
        """Answer a challenge; again only when the nonce is stale, or was good before (not every server says stale)."""
        if r.status_code != HTTPStatus.UNAUTHORIZED:
            self._accepted = "Authorization" in r.request.headers
            self._take_next(r)
            return r
        if r.request.body is not None:
            return r
        if "Authorization" in r.request.headers and not (self._accepted or is_stale(r)):
            return r
        drain(r)
        r.headers["WWW-Authenticate"] = answerable(r.headers.get("WWW-Authenticate", ""))
        answered: Response = super().handle_401(r, **kwargs)  # type: ignore[no-untyped-call] # stubs
        self._accepted = answered.status_code != HTTPStatus.UNAUTHORIZED
        self._take_next(answered)
        return answered

    def _take_next(self, r: Response) -> None:
        """The nonce that the server wants to see next (RFC 7616, 3.5)."""
        told = parse_dict_header(r.headers.get("Authentication-Info", ""))  # type: ignore[no-untyped-call] # stubs
        if nonce := told.get("nextnonce"):
            self._thread_local.chal["nonce"] = self._thread_local.last_nonce = nonce  # type: ignore[attr-defined] # stubs
            self._thread_local.nonce_count = 0  # type: ignore[attr-defined] # stubs


def drain(r: Response) -> None:
    """Have done with the body of a challenge, as far as it is short: requests would read all of it, however long.

    The connection is then good for the answer: some servers tie their nonces to it.
    """
    # One that is closed after it has left its connection: nobody could hang up on it, and it is good for nothing.
    ends = r.headers.get("Connection", "").lower() == "close"
    if ends or len(r.raw.read(_LONGEST, decode_content=False)) == _LONGEST:
        r.raw.close()
    r._content, r._content_consumed = b"", True  # type: ignore[attr-defined] # noqa: SLF001 - requests offers no limit


def refused(credentials: Credentials | None) -> tuple[str, str]:
    """What a 401 means that nothing answers: the reason, the hint."""
    if credentials is not None and credentials.scheme == "bearer":
        return (
            "the server refuses the token",
            "it may have expired or been revoked: write a new one into the token_file",
        )
    if credentials is not None and credentials.scheme == "certificate":
        return "the server wants more than the client certificate", "give user and password_file, or token_file, too"
    return PERMANENT[HTTPStatus.UNAUTHORIZED]
