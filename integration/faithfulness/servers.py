"""Servers of every version that is at hand: embedded ones, and Debian's in throwaway containers."""

from __future__ import annotations

import os
import secrets
import subprocess
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from backuptool.config import SourceTable
from backuptool.embedded.postgresql import postgresql
from backuptool.sources.server import Server

EXTENSION = Path(__file__).with_name("extension")
IMAGES = Path(__file__).parents[1] / "images"
EMBEDDED, DEBIAN = (16, 18), (13, 15, 17)
# Runs until its input ends: with this process, however that ends.
RUN = """
set -e
initdb -D /tmp/data -U postgres -A trust -E UTF8 --locale=C.UTF-8 -N > /dev/null
pg_ctl -D /tmp/data -w -l /tmp/log -o "-c listen_addresses= -c unix_socket_directories=/tmp -c fsync=off \\
    -c full_page_writes=off -c synchronous_commit=off -c autovacuum=off" start > /dev/null
echo up
cat > /dev/null
"""


@dataclass(frozen=True, slots=True)
class Running:
    """A server: its major version, and how a configuration names the way to it."""

    major: int
    shell: dict[str, Any]
    socket: str

    def source(self, database: str) -> dict[str, Any]:
        """The table `source` of a plan."""
        return {"shell": self.shell, "database": database, "user": "postgres", "host": self.socket}

    def on(self, database: str = "postgres") -> Server:
        """A way to a database that goes through the tool's own shell."""
        return SourceTable.model_validate(self.source(database)).server()


def running(major: int) -> AbstractContextManager[Running]:
    """A new, empty server."""
    return _embedded(major) if major in EMBEDDED else _debian(major)


@contextmanager
def _embedded(major: int) -> Iterator[Running]:
    with postgresql(major) as server:
        yield Running(major, {"type": "local", "path": str(server.programs)}, str(server.socket))


@contextmanager
def _debian(major: int) -> Iterator[Running]:
    subprocess.run([IMAGES / "postgresql", *map(str, DEBIAN)], check=True, stdout=subprocess.DEVNULL)
    name = f"backuptool-test-{major}-{os.getpid()}-{secrets.token_hex(3)}"
    argv = ["docker", "run", "--rm", "-i", "--init", "--network", "none", "--name", name]
    argv += [f"backuptool-test-postgresql:{major}", "sh", "-c", RUN]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            assert process.stdout.readline() == b"up\n"
            _install(major, name)
            yield Running(major, {"type": "container", "name": name}, "/tmp")  # noqa: S108 - in the container
        finally:
            process.stdin.close()


def _install(major: int, container: str) -> None:
    """Put our extension where the server looks for them."""
    for path in EXTENSION.iterdir():
        place = f"/usr/share/postgresql/{major}/extension/{path.name}"
        command = ["docker", "exec", "-i", "-u", "0", container, "sh", "-c", 'cat > "$1"', "sh", place]
        subprocess.run(command, input=path.read_bytes(), check=True)
