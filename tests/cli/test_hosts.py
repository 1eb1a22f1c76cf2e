"""Two hosts may have a plan of one name in one folder: each means its own backups, until one is named."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.cli.test_round_trip import Host


def on(host: Host, name: str) -> None:
    """From here on the plan is that of this host."""
    head, plan = re.split(r'\[plans\.broker\](?:\nhost = ".*")?', host.config.read_text(), maxsplit=1)
    host.config.write_text(f'{head}[plans.broker]\nhost = "{name}"{plan}')


@pytest.fixture
def both(host: Host) -> tuple[Path, Path]:
    """The backup of `one`, and the newer one of `other`; the plan is that of `one`."""
    made = []
    for name in ("one", "other"):
        on(host, name)
        host.ok("backup")
        made.append(next(path for path in host.store.iterdir() if f"_{name}_" in path.name))
    on(host, "one")
    return made[0], made[1]


def test_the_latest_is_that_of_this_host(host: Host, both: tuple[Path, Path]) -> None:
    ours, _ = both
    assert host.ok("verify").startswith(ours.name)
    assert host.ok("restore", "--into", "of_one").startswith(f"{ours.name}: restored into of_one")
    host.server.psql("drop database of_one")


def test_where_this_host_has_none_that_of_another_is_taken_loudly(host: Host, both: tuple[Path, Path]) -> None:
    _, theirs = both
    on(host, "third")
    done = host.tool("restore", "--into", "of_third")
    host.server.psql("drop database of_third")
    assert (done.returncode, done.stdout.split(":")[0]) == (0, theirs.name)
    assert "NO BACKUP IS OF THIS HOST, third" in done.stderr


def test_nothing_is_replaced_by_another_hosts_backup_unless_it_is_named(host: Host, both: tuple[Path, Path]) -> None:
    _, theirs = both
    on(host, "third")
    done = host.tool("restore", "--replace")
    assert (done.returncode, done.stdout) == (2, "")
    assert f"is of another host: {theirs.name}" in done.stderr
    host.ok("restore", theirs.name, "--replace")
    host.ok("restore", "--drop-old")


@pytest.mark.usefixtures("both")
def test_what_another_name_of_this_host_has_stored_is_not_missed(host: Host) -> None:
    for name in ("one", "other"):
        on(host, name)
        assert "is gone" not in host.ok("check")
