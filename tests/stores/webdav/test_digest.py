"""Digest, as servers ask for it: what is hashed are the challenge's own bytes."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from backuptool.errors import StoreError
from backuptool.stores.webdav.challenge import answerable, challenges
from backuptool.stores.webdav.store import WebDavStore
from tests.serving import serving
from tests.stores.davserver import CREDENTIALS, PASSWORD, USER
from tests.stores.webdav.conftest import QUICK
from tests.stores.webdav.saying import listing

_PAIR = re.compile(rb'(\w+)=(?:"((?:[^"\\]|\\.)*)"|([^",]*))')
NONCE = 'nonce="n"'


@contextmanager
def asking(
    *challenges: str, realm: str = "r", algorithm: str = "md5", opaque: str | None = None
) -> Iterator[WebDavStore]:
    """A store on a server that says these challenges, and takes an answer to that of `realm` and `algorithm`."""

    class Asks(BaseHTTPRequestHandler):
        def do_PROPFIND(self) -> None:
            if self._is_right(self.headers.get("Authorization", "").encode("latin-1")):
                said, body = b"HTTP/1.1 207 said\r\n", listing("")
            else:
                lines = "".join(f"WWW-Authenticate: {challenge}\r\n" for challenge in challenges)
                said, body = f"HTTP/1.1 401 said\r\n{lines}".encode(), b""
            self.wfile.write(b"%sConnection: close\r\nContent-Length: %d\r\n\r\n%s" % (said, len(body), body))

        def _is_right(self, header: bytes) -> bool:
            told: dict[bytes, bytes] = {
                name: re.sub(rb"\\(.)", rb"\1", quoted) or plain for name, quoted, plain in _PAIR.findall(header)
            }
            if not told:
                return False

            def hashed(*parts: bytes) -> bytes:
                return hashlib.new(algorithm, b":".join(parts)).hexdigest().encode()

            own, what = hashed(USER.encode(), realm.encode(), PASSWORD.encode()), hashed(b"PROPFIND", told[b"uri"])
            middle = [told[name] for name in (b"nonce", b"nc", b"cnonce", b"qop") if name in told]
            if told.get(b"opaque") != (None if opaque is None else opaque.encode()):
                return False
            return told[b"realm"] == realm.encode() and told[b"response"] == hashed(own, *middle, what)

        def log_message(self, *_arguments: object) -> None:
            """Say nothing."""

    with serving(ThreadingHTTPServer(("127.0.0.1", 0), Asks)) as port:
        yield WebDavStore(f"http://127.0.0.1:{port}/", CREDENTIALS, QUICK)


@pytest.mark.parametrize("realm", ["r", "Geschützter Bereich", "保護領域", "a, Digest b=c"])
def test_a_realm_is_hashed_and_sent_back_as_it_came(realm: str) -> None:
    with asking(f'Digest realm="{realm}", {NONCE}, qop="auth"', realm=realm) as store:
        assert store.list() == []


def test_a_realm_with_what_must_be_quoted_is_quoted_again() -> None:
    """A domain and a user, as Windows has them: `DOM\\srv`."""
    with asking(rf'Digest realm="DOM\\srv \"x\"", {NONCE}, qop="auth"', realm=r'DOM\srv "x"') as store:
        assert store.list() == []


@pytest.mark.parametrize("qop", ['"auth"', "auth", '"auth,auth-int"', '"auth-int, auth"', '"auth-int , AUTH"'])
def test_auth_is_found_among_the_ways_to_protect(qop: str) -> None:
    with asking(f'Digest realm="r", {NONCE}, qop={qop}') as store:
        assert store.list() == []


@pytest.mark.parametrize(
    "challenge",
    [
        f'Digest REALM="r", {NONCE}, Qop="auth", Algorithm=md5',
        f'Digest realm = "r" , {NONCE} ,qop= "auth"',
        f'DIGEST\trealm="r",{NONCE},qop="auth"',
        f'Digest   realm="r",,  {NONCE}, , qop=auth',
        f'Digest realm="r", {NONCE}, qop="auth", opaque="a\\"b\\\\c"',
        f'Digest realm="r", {NONCE}, qop="auth", userhash=false, charset=UTF-8, domain="/a /b", stale=FALSE',
    ],
)
def test_a_challenge_may_be_spelt_as_servers_like(challenge: str) -> None:
    """Names in any letters, blanks around the = (RFC 9110, 11.2)."""
    with asking(challenge, opaque=r'a"b\c' if "opaque" in challenge else None) as store:
        assert store.list() == []


def test_what_the_server_wants_back_is_sent_back_also_where_it_is_empty() -> None:
    """As curl does; a server may compare it (RFC 7616, 3.3)."""
    with asking(f'Digest realm="r", {NONCE}, qop="auth", opaque=""', opaque="") as store:
        assert store.list() == []


MD5 = f'Digest realm="r", {NONCE}, qop="auth", algorithm=MD5'
SHA256 = f'Digest realm="s", {NONCE}, qop="auth", algorithm=SHA-256'
UNKNOWN = f'Digest realm="t", {NONCE}, qop="auth", algorithm=SHA-512-256'
INTEGRITY = f'Digest realm="u", {NONCE}, qop="auth-int", algorithm=MD5'
BASIC = 'Basic realm="b"'


@pytest.mark.parametrize("apart", [True, False])
@pytest.mark.parametrize(
    ("offered", "realm", "algorithm"),
    [
        ((MD5, UNKNOWN), "r", "md5"),
        ((UNKNOWN, MD5), "r", "md5"),
        ((INTEGRITY, MD5), "r", "md5"),
        ((UNKNOWN, SHA256, MD5), "s", "sha256"),
        ((MD5, SHA256), "r", "md5"),
        ((BASIC, MD5), "r", "md5"),
        ((MD5, BASIC), "r", "md5"),
        (("Negotiate", UNKNOWN, MD5), "r", "md5"),
    ],
)
def test_the_first_challenge_that_can_be_answered_is(
    offered: tuple[str, ...], realm: str, algorithm: str, apart: bool
) -> None:
    """The server names them in the order of its preference (RFC 7616, 3.7), in a header each or all in one."""
    said = offered if apart else (", ".join(offered),)
    with asking(*said, realm=realm, algorithm=algorithm) as store:
        assert store.list() == []


@pytest.mark.parametrize("header", ["", " ", ",", "=", '"Digest"'])
def test_a_401_may_ask_for_nothing(header: str) -> None:
    """Something in front of the server answers so; RFC 9110 (15.5.2) wants a challenge in it."""
    assert (challenges(header), answerable(header)) == ([], header)


def test_a_wrong_answer_is_refused() -> None:
    """The control."""
    with asking(MD5, realm="other") as store, pytest.raises(StoreError, match="401"):
        store.list()
