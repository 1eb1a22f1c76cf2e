"""lighttpd with its WebDAV module."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from integration.conftest import DAV_PASSWORD, DAV_USER
from integration.davservers import WORKER, Server, give, home, running
from integration.ports import kept_port
from tests.programs import needed

_CONFIG = """
server.modules = ("mod_auth", "mod_authn_file", "mod_webdav")
server.document-root = "{folder}/served"
server.bind = "127.0.0.1"
server.port = {port}
server.username = "{worker}"
server.groupname = "{worker}"
server.upload-dirs = ("{folder}/bodies")
server.max-request-size = {largest}
auth.backend = "plain"
auth.backend.plain.userfile = "{folder}/users"
auth.require = ("" => ("method" => "digest", "realm" => "backups", "require" => "valid-user"))
webdav.activate = "enable"
"""


@contextmanager
def lighttpd(largest: int = 0) -> Iterator[Server]:
    """A running lighttpd, with digest authentication. `largest`: bytes of a body, 0 for no limit; it counts in KiB."""
    needed("lighttpd")
    with home() as folder, kept_port() as port:
        (folder / "lighttpd.conf").write_text(
            _CONFIG.format(worker=WORKER, port=port, folder=folder, largest=largest >> 10)
        )
        (folder / "users").write_text(f"{DAV_USER}:{DAV_PASSWORD}\n")  # for digest it must know the password
        (folder / "users").chmod(0o644)
        (folder / "bodies").mkdir()
        give(folder / "bodies")
        with running(["/usr/sbin/lighttpd", "-D", "-f", folder / "lighttpd.conf"], port, folder / "log"):
            yield Server(f"http://127.0.0.1:{port}/", folder / "served")
