"""A host of its own for each test of the command line."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from backuptool.embedded.postgresql import PostgreSQL
from tests.cli.installing import UNITS
from tests.cli.test_round_trip import Host, made_host
from tests.shells.programs import install_engine
from tests.stores.davserver import PASSWORD, USER, DavServer, dav_server


@pytest.fixture
def host(tmp_path: Path, server: PostgreSQL) -> Host:
    return made_host(tmp_path, server)


@pytest.fixture
def root(host: Host) -> Path:
    """A host's file system, as far as anything is written to it."""
    made = host.folder / "root"
    for folder in ("etc/cron.daily", UNITS, "usr/sbin/cron"):  # a folder in place of the program: it is no file of ours
        (made / folder).mkdir(parents=True)
    (host.folder / "state").mkdir()
    return made


@pytest.fixture
def dav(host: Host) -> Iterator[DavServer]:
    """The store is a collection that is not made yet."""
    (host.folder / "dav").mkdir()
    password = host.folder / "password"
    password.write_text(f"{PASSWORD}\n")
    password.chmod(0o600)
    with dav_server(host.folder / "dav") as server:
        lines = f'type = "webdav"\nurl = "{server.url}x/"\nuser = "{USER}"\npassword_file = "{password}"\n'
        host.config.write_text(host.config.read_text().partition('type = "directory"')[0] + lines)
        yield server


@pytest.fixture
def cloud(host: Host) -> Iterator[DavServer]:
    """A WebDAV server that the host's configuration does not name."""
    (host.folder / "dav").mkdir()
    with dav_server(host.folder / "dav", "basic") as server:
        yield server


@pytest.fixture
def engine(host: Host) -> str:
    """A PATH with a docker in which the service postgres runs."""
    place = host.folder / "programs"
    place.mkdir()
    compose = host.folder / "docker-compose.yml"
    compose.touch()
    install_engine(
        place, ids="abc\n", state_abc="true false /broker-postgres-1\n",
        labels="".join(
            f"{compose}\t{service}\t{project}\t{image}\n"
            for project in ("staging", "broker")
            for service, image in (("webdav", "apache"), ("postgres", "postgres:17"))
        ),
    )  # fmt: skip
    return f"{place}:{os.environ['PATH']}"
