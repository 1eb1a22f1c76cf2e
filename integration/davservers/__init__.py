"""WebDAV servers that people run, from Debian's packages, as ordinary processes in a folder of their own.

No containers: each needs a configuration and a port only. As root, Apache insists on another user for its workers.
"""

from __future__ import annotations

import os
import secrets
import shutil
import socket
import subprocess
import tempfile
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha1
from pathlib import Path

from backuptool.secret import Secret
from backuptool.stores.webdav.credentials import Credentials
from integration.conftest import DAV_PASSWORD, DAV_USER
from tests.stores.places import Folder

CREDENTIALS = Credentials(DAV_USER, Secret(DAV_PASSWORD.encode()))
WORKER = "www-data"  # Debian's, for web servers


class Served(Folder):
    """A folder whose files the server may change, whoever the tests run as."""

    def write(self, name: str, content: bytes) -> None:
        """Put a file there that belongs to the server."""
        super().write(name, content)
        for path in (self.path, self.path / name):
            give(path)


@dataclass(frozen=True)
class Server:
    """A server that runs: the address of what it serves, with its slash, and the folder behind."""

    url: str
    folder: Path

    def collection(self) -> tuple[str, Served]:
        """A collection that is not there yet: its address and what lies behind."""
        name = secrets.token_hex(8)
        return f"{self.url}{name}", Served(self.folder / name)


def give(path: Path) -> None:
    """To the server's user; only root has to."""
    if os.geteuid() == 0:
        shutil.chown(path, WORKER, WORKER)


@contextmanager
def home() -> Iterator[Path]:
    """A folder with an empty folder `served`; not pytest's, into which no other user may look."""
    with tempfile.TemporaryDirectory(prefix="backuptool-dav-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        (folder / "served").mkdir()
        give(folder / "served")
        yield folder


def write_users(path: Path) -> Path:
    """A password file as `htpasswd -s` makes it: Apache, nginx and rclone read it."""
    digest = b64encode(sha1(DAV_PASSWORD.encode()).digest()).decode()  # noqa: S324 # what they have in common
    path.write_text(f"{DAV_USER}:{{SHA}}{digest}\n")
    path.chmod(0o644)
    return path


@contextmanager
def running(argv: list[object], port: int, log: Path) -> Iterator[None]:
    """The server `argv` in the foreground from when it answers on `port`; what it says goes to `log`."""
    with log.open("wb") as said, subprocess.Popen([str(word) for word in argv], stdout=said, stderr=said) as process:
        try:
            _wait(process, port, log)
            yield
        finally:
            process.terminate()


def _wait(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    while True:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except ConnectionRefusedError:
            try:
                process.wait(0.01)
            except subprocess.TimeoutExpired:
                continue
            break
        else:
            return
    raise AssertionError(f"{process.args!r} does not listen: {log.read_text()}")
