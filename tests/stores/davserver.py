"""A WebDAV server in this process: wsgidav behind cheroot, on a folder, with digest, basic, a token or nothing.

Usefully bad, as many are: it keeps what it got of a cut upload under its name, and looks at credentials late.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from wsgidav.fs_dav_provider import FileResource, FilesystemProvider
from wsgidav.wsgidav_app import WsgiDAVApp

from backuptool.embedded.connection import Server
from backuptool.secret import Secret
from backuptool.stores.webdav.credentials import Credentials

USER = "ann"
PASSWORD = "s3cret-Pässword"
TOKEN = "eyJhbGciOi.t0ken-_~+/=="
CREDENTIALS = Credentials(USER, Secret(PASSWORD.encode()))
BEARER = Credentials("", Secret(TOKEN.encode()), "bearer")

Authentication = Literal["digest", "basic", "bearer", "none"]


@dataclass(frozen=True)
class DavServer:
    """A running server: its folder, its port."""

    folder: Path
    port: int
    scheme: str = "http"

    @property
    def url(self) -> str:
        """The address of the folder, with its slash."""
        return f"{self.scheme}://127.0.0.1:{self.port}/"


class _Closing(FileResource):  # type: ignore[misc]  # wsgidav ships no types
    """Closes the file of an upload that was cut, too; wsgidav leaves it to the garbage collector, in whatever test."""

    _file: Any = None

    def begin_write(self, *, content_type: str | None = None) -> Any:
        """The file, to be written to."""
        self._file = super().begin_write(content_type=content_type)
        return self._file

    def end_write(self, *, with_errors: bool) -> None:
        """Close it, where it could be opened."""
        if self._file:
            self._file.close()


class _Folder(FilesystemProvider):  # type: ignore[misc]  # wsgidav ships no types
    def get_resource_inst(self, path: str, environ: dict[str, Any]) -> Any:
        """wsgidav's own, but for files that are written."""
        found = super().get_resource_inst(path, environ)
        if isinstance(found, FileResource):
            return _Closing(path, environ, self._loc_to_file_path(path, environ))
        return found


def _application(folder: Path, authentication: Authentication) -> Any:
    users = {USER: {"password": PASSWORD}}
    logging.getLogger("wsgidav").setLevel(logging.CRITICAL)
    return WsgiDAVApp(
        {
            "provider_mapping": {"/": _Folder(str(folder))},
            "simple_dc": {"user_mapping": {"*": True if authentication == "none" else users}},
            "http_authenticator": {
                "accept_basic": authentication == "basic",
                "accept_digest": authentication == "digest",
                "default_to_digest": authentication == "digest",
            },
            "logging": {"enable": False},
            "verbose": 0,
        }
    )


def _guarding(methods: frozenset[str], guarded: Any, free: Any) -> Any:
    def application(environ: dict[str, Any], start_response: Any) -> Any:
        return (guarded if environ["REQUEST_METHOD"] in methods else free)(environ, start_response)

    return application


def _bearing(folder: Path) -> Any:
    free = _application(folder, "none")

    def application(environ: dict[str, Any], start_response: Any) -> Any:
        if environ.pop("HTTP_AUTHORIZATION", "") == f"Bearer {TOKEN}":
            return free(environ, start_response)
        environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        start_response("401 Unauthorized", [("WWW-Authenticate", 'Bearer realm="x"'), ("Content-Length", "0")])
        return [b""]

    return application


class _Quiet(Server):
    def error_log(self, *_arguments: object, **_options: object) -> None:
        """Say nothing: cut connections are what the tests do."""


@contextmanager
def dav_server(
    folder: Path, authentication: Authentication = "digest", tls: Any = None, only: frozenset[str] = frozenset()
) -> Iterator[DavServer]:
    """Serve `folder` on a free port of this machine.

    `tls`: cheroot's adapter; `only`: the methods that need authentication, as nginx' limit_except does it, else all.
    """
    application = _bearing(folder) if authentication == "bearer" else _application(folder, authentication)
    if only:
        application = _guarding(only, application, _application(folder, "none"))
    server = _Quiet(("127.0.0.1", 0), application, numthreads=4, timeout=5, shutdown_timeout=1)
    server.expiration_interval = 0.01  # how often it looks whether it was stopped; 0.5 s by default
    server.ssl_adapter = tls
    server.prepare()
    thread = threading.Thread(target=server.serve)
    thread.start()
    try:
        yield DavServer(folder, server.bind_addr[1], "https" if tls else "http")
    finally:
        server.stop()
        thread.join()
