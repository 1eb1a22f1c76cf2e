"""A WebDAV server with digest authentication, in a thread of this process."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterator
from pathlib import Path
from threading import Thread

from backuptool.embedded.missing import missing
from backuptool.secret import Secret


@contextlib.contextmanager
def webdav(folder: Path, user: str, password: Secret) -> Iterator[str]:
    """Serve `folder` on this host only; gives the URL of its top collection."""
    try:
        from wsgidav.wsgidav_app import WsgiDAVApp  # noqa: PLC0415 - the extra `demo`, which nothing else needs

        from backuptool.embedded.connection import Server  # noqa: PLC0415 - the same
    except ImportError as error:
        raise missing("WebDAV server") from error
    logging.getLogger("wsgidav").setLevel(logging.CRITICAL)
    application = WsgiDAVApp(
        {
            "provider_mapping": {"/": str(folder)},
            "http_authenticator": {"accept_basic": False, "accept_digest": True, "default_to_digest": True},
            "simple_dc": {"user_mapping": {"*": {user: {"password": password.text()}}}},
            "logging": {"enable": False},
            "verbose": 0,
        }
    )
    server = Server(("127.0.0.1", 0), application)
    server.prepare()
    thread = Thread(target=server.serve, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.bind_addr[1]}/"
    finally:
        server.stop()
        thread.join()
