"""`rclone serve webdav` on a folder."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from integration.davservers import Server, home, running, write_users
from integration.ports import kept_port
from tests.programs import needed


@contextmanager
def rclone() -> Iterator[Server]:
    """A running rclone, with basic authentication: it knows no other.

    It remembers listings for 5 minutes unless told not to; then it does not see what the tests put there beside it.
    """
    needed("rclone")
    with home() as folder, kept_port() as port:
        users = write_users(folder / "users")
        (folder / "rclone.conf").touch()
        argv = [
            "rclone", "serve", "webdav", folder / "served", "--addr", f"127.0.0.1:{port}", "--htpasswd", users,
            "--config", folder / "rclone.conf", "--dir-cache-time", "0s",
        ]  # fmt: skip
        with running(argv, port, folder / "log"):
            yield Server(f"http://127.0.0.1:{port}/", folder / "served")
