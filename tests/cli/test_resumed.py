"""A backup that is killed while it goes up: the next one sends what had not arrived, then makes its own."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.quick import QUICK
from tests.cli.test_round_trip import Host
from tests.stores.davserver import PASSWORD, USER
from tests.stores.faults import stalled
from tests.stores.faulty_proxy import faulty_proxy
from tests.stores.nextcloud import Nextcloud, nextcloud

CHUNK = 5 << 20  # bytes, Nextcloud's smallest
DATABASE = "resumed"
ROWS = "create table t as select md5(n::text) || md5((n + 1e9)::text) from generate_series(1, 500000) n"


@pytest.fixture
def host(host: Host) -> Iterator[Host]:
    """Its database makes a bundle of four chunks."""
    host.server.psql(f"create database {DATABASE}")
    host.server.psql(ROWS, DATABASE)
    host.config.write_text(host.config.read_text().replace('database = "broker"', f'database = "{DATABASE}"'))
    yield host
    host.server.psql(f"drop database {DATABASE}")


def goes_to(host: Host, url: str) -> None:
    password = host.folder / "password.txt"
    password.touch(mode=0o600)
    password.write_text(PASSWORD)
    before = host.config.read_text().partition("[[plans.broker.stores]]")[0]
    host.config.write_text(
        f'{before}[[plans.broker.stores]]\ntype = "webdav"\nurl = "{url}"\nuser = "{USER}"\n'
        f'password_file = "{password}"\n'
    )


def killed_at(host: Host, cloud: Nextcloud, method: str, part: str) -> Path:
    """A backup that is killed when this request is on its way; the bundle that it leaves."""
    with faulty_proxy(cloud.port) as proxy:
        proxy.on(method, stalled, part=part)
        goes_to(host, cloud.url.replace(str(cloud.port), str(proxy.port)))
        argv = [*QUICK, "--config", str(host.config), "backup"]
        with subprocess.Popen(argv, cwd=host.folder) as first:
            while not any(seen.method == method and part in seen.path for seen in proxy.seen):
                assert first.poll() is None
            first.kill()
    (left,) = (host.folder / "state").glob("*/*.tar")
    return left


@pytest.mark.parametrize(("method", "part"), [("PUT", "00003"), ("MOVE", "/uploads/")])
def test_the_next_backup_sends_only_what_was_missing_of_it(host: Host, tmp_path: Path, method: str, part: str) -> None:
    with nextcloud(tmp_path / "cloud", max_chunk=CHUNK, smallest=CHUNK, parallel=1) as cloud:
        left = killed_at(host, cloud, method, part)
        content = left.read_bytes()
        assert cloud.folder.exists() is False or list(cloud.folder.iterdir()) == []
        goes_to(host, cloud.url)
        done = host.tool("-v", "backup", "--json")
        assert done.returncode == 0, done.stderr
        first, second = sorted(cloud.folder.iterdir())
        assert (first.name, first.read_bytes()) == (left.name, content)
        assert second.name in done.stdout
        assert sum(chunk.sent for chunk in cloud.chunks()) == len(content) + second.stat().st_size
        assert list(cloud.uploads.iterdir()) == []
        assert [one for one in (host.folder / "state").iterdir() if one.is_dir()] == []
        host.ok("verify", "broker", left.name)
        host.ok("check", "broker")
