"""Where the database that is measured runs: the embedded server on this host, or a service of docker compose."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from tenacity import Retrying, retry_if_exception_type, stop_after_delay, wait_fixed

from backuptool.embedded.postgresql import PostgreSQL, postgresql
from backuptool.errors import SourceError
from backuptool.shells.compose import Compose
from backuptool.shells.local import Local
from backuptool.shells.stream import output
from backuptool.sources.server import Server

Shell = Literal["local", "compose"]
SHELLS = get_args(Shell)
IMAGE = os.environ.get("POSTGRES_IMAGE", "postgres:17")
# No health check: each is a `docker exec`, beside what is measured.
SERVICE = f"""
services:
  measured:
    image: {IMAGE}
    shm_size: 256m
    environment: {{POSTGRES_HOST_AUTH_METHOD: trust}}
    network_mode: none
"""
PATIENCE = 180  # s until a new cluster is there


@dataclass(frozen=True, slots=True)
class Place:
    """A server of our own: as the tool reaches it, as a plan names its shell (TOML), and its first process."""

    server: Server
    shell: str
    postmaster: int


@contextmanager
def opened(shell: Shell, folder: Path) -> Iterator[Place]:
    """A new, empty server, which goes with the block; `folder` takes a compose file. Raises BackuptoolError."""
    if shell == "local":
        with postgresql() as running:
            yield here(running)
    else:
        yield from _in_compose(folder / "compose.yml")


def here(running: PostgreSQL) -> Place:
    """The embedded server."""
    server = Server(Local(str(running.programs)), "postgres", running.user, str(running.socket))
    first = int((running.socket / "data" / "postmaster.pid").read_text().split()[0])
    return Place(server, f'{{ type = "local", path = "{running.programs}" }}', first)


def _in_compose(file: Path) -> Iterator[Place]:
    file.write_text(SERVICE)
    project = f"backuptool-benchmark-{os.getpid()}"  # whatever COMPOSE_PROJECT_NAME says
    compose = ("docker", "compose", "-f", str(file), "-p", project)
    try:
        _run(*compose, "up", "-d")
        shell = Compose(str(file), "measured", project=project)
        _await(shell)
        first = _run("docker", "inspect", "-f", "{{.State.Pid}}", *_run(*compose, "ps", "-q").split())
        server = Server(shell, "postgres", "postgres")
        table = f'{{ type = "compose", file = "{file}", project = "{project}", service = "measured" }}'
        yield Place(server, table, int(first))
    finally:
        _run(*compose, "down", "-v", "-t", "1")


def _await(shell: Compose) -> None:
    """Over TCP: while the image still makes the cluster, only the socket answers."""
    again = Retrying(
        retry=retry_if_exception_type(SourceError), wait=wait_fixed(0.2), stop=stop_after_delay(PATIENCE), reraise=True
    )
    again(lambda: output(shell.command("pg_isready", "-q", "-h", "127.0.0.1")))


def _run(*argv: str) -> str:
    return output(Local().command(*argv)).decode()
