"""The session below ours: which certificates count, what is taken from the environment, how all of it is hung up on."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Callable
from http.cookiejar import DefaultCookiePolicy
from pathlib import Path
from typing import Any
from weakref import WeakSet

import requests
from requests.adapters import HTTPAdapter
from requests.utils import DEFAULT_CA_BUNDLE_PATH
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from backuptool import __version__
from backuptool.errors import UsageError
from backuptool.passphrase import read_private
from backuptool.stores.webdav.sockets import BodilessMove, BodilessMoveTls


class _Adapter(HTTPAdapter):
    def __init__(self, context: ssl.SSLContext) -> None:
        self._context = context
        self._made = WeakSet[BodilessMove]()  # a pool knows only those that wait for their next request
        self._making = threading.Lock()
        super().__init__(max_retries=0)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, ssl_context=self._context, **kwargs)
        self._pools_of(self.poolmanager)

    def proxy_manager_for(self, proxy: Any, **kwargs: Any) -> Any:
        """requests' own would know neither the context nor the pools."""
        return self._pools_of(super().proxy_manager_for(proxy, ssl_context=self._context, **kwargs))

    def _pools_of(self, manager: Any) -> Any:
        manager.pool_classes_by_scheme = {
            "http": self._pool(HTTPConnectionPool, BodilessMove),
            "https": self._pool(HTTPSConnectionPool, BodilessMoveTls),
        }
        return manager

    def _pool(self, kind: Any, connection: type[BodilessMove]) -> Callable[..., Any]:
        def remembered(*args: Any, **kwargs: Any) -> BodilessMove:
            made = connection(*args, **kwargs)
            with self._making:
                self._made.add(made)
            return made

        def pool(*args: Any, **kwargs: Any) -> Any:
            made = kind(*args, **kwargs)
            made.ConnectionCls = remembered
            return made

        return pool

    def hang_up(self) -> None:
        """End what other threads send or wait for."""
        with self._making:
            made = list(self._made)
        for connection in made:
            connection.hang_up()

    def cert_verify(self, conn: Any, *_arguments: object) -> None:
        """Nothing to add to the context: requests would read a file for each connection, and certifi's beside it."""
        conn.cert_reqs = "CERT_REQUIRED"


class _Session(requests.Session):
    def get_redirect_target(self, resp: requests.Response) -> str | None:  # noqa: ARG002 - requests calls it so
        """None: requests prepares the next request also where none is wanted, and reads the whole body for it."""
        return None


def trust(ca_file: Path | None) -> ssl.SSLContext:
    """Verifies TLS with the certificates in `ca_file` only, or else the system's (as curl does) and certifi's.

    Raises UsageError when none can be read in `ca_file`.
    """
    context = _trusted(ca_file)
    # As for curl, and for every Python: any certificate in ca_file vouches, the server's own too, and those of
    # home-made CAs need not have all of RFC 5280, which Python asks for since 3.13.
    context.verify_flags = (context.verify_flags | ssl.VERIFY_X509_PARTIAL_CHAIN) & ~ssl.VERIFY_X509_STRICT
    return context


def _trusted(ca_file: Path | None) -> ssl.SSLContext:
    if ca_file is None:
        context = ssl.create_default_context()
        context.load_verify_locations(DEFAULT_CA_BUNDLE_PATH)
        return context
    read_private(ca_file, "ca_file", closed_to=0)  # no secret, but OpenSSL would wait for a pipe
    try:
        return ssl.create_default_context(cafile=ca_file)
    except ssl.SSLError as failure:
        hint = "it must hold the CA's certificate in PEM: -----BEGIN CERTIFICATE-----"
        raise UsageError(f"the ca_file {ca_file} holds no certificate that can be read", hint=hint) from failure


def hang_up(session: requests.Session) -> None:
    """End what other threads send or wait for on the connections of a `plain_session`."""
    adapter = session.get_adapter("https://")
    assert isinstance(adapter, _Adapter)  # noqa: S101 - the parameter's condition
    adapter.hang_up()


def plain_session(context: ssl.SSLContext, proxy: str = "") -> requests.Session:
    """A session that takes nothing from the environment, keeps no cookies, and verifies TLS as `context` does.

    `proxy`: http://HOST:PORT, or empty for none.
    """
    session = _Session()
    session.trust_env = False  # ~/.netrc would replace the credentials
    session.proxies = {"http": proxy, "https": proxy} if proxy else {}
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))  # a login cookie turns on CSRF checks
    session.headers.update({"User-Agent": f"backuptool/{__version__}", "Accept-Encoding": "identity"})
    adapter = _Adapter(context)
    session.mount("http://", adapter)
    session.mount("https://", adapter)
    return session
