"""A new user on a clean Debian machine, with a compose project and the old script, follows the README."""

from __future__ import annotations

import secrets
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from integration.conftest import DAV_PASSWORD, DAV_USER, TOP, Stack
from integration.machines import download, image, machine
from integration.transcript import play, steps
from tests.init.sample import COMMANDS

OLD_SCRIPT = """\
#!/bin/bash
# SOP Backup Broker Agent Database
export COMPOSE_FILE="/srv/broker/docker-compose.yml"
export LOCAL_BACKUP_DIR="/srv/broker/backups"
export REMOTE_BACKUP_URL="{url}"   # trailing slash is mandatory (!)
export CURL_CONF="/root/cloud.conf"
export PASSPHRASE_FILE="/root/db_backup_passphrase.txt"
"""


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `pip install .` would fetch."""
    folder = tmp_path_factory.mktemp("wheels")
    table = tomllib.loads((TOP / "pyproject.toml").read_text())
    download(folder, [*table["project"]["dependencies"], *table["build-system"]["requires"]])
    return folder


@pytest.fixture
def newcomer(stack: Stack, wheels: Path, tmp_path: Path) -> Iterator[str]:
    """A container that stands for the machine."""
    subprocess.run(["git", "clone", "-q", TOP, tmp_path / "backuptool"], check=True)
    _given(tmp_path / "given", stack)
    mounts = {
        tmp_path / "backuptool": "/root/backuptool",
        stack.compose_file: "/srv/broker/docker-compose.yml:ro", tmp_path / "given": "/given:ro",
    }  # fmt: skip
    options = ["--init", "--network", "host", "-e", f"COMPOSE_PROJECT_NAME={stack.project}"]
    with machine(image("newcomer"), wheels, mounts, options, ["sleep", "infinity"]) as name:
        yield name


def _given(folder: Path, stack: Stack) -> None:
    """What the old procedure has on such a machine."""
    folder.mkdir()
    url = f"{stack.url}digest/broker_db_backup/"
    curl = DAV_PASSWORD.replace("\\", "\\\\").replace('"', '\\"')
    (folder / "old_script").write_text(OLD_SCRIPT.format(url=url) + COMMANDS)
    (folder / "cloud.conf").write_text(f'user = "{DAV_USER}:{curl}"\n')
    (folder / "db_backup_passphrase.txt").write_text(secrets.token_urlsafe(40) + "\n")


def test_from_nothing_to_a_verified_pruned_monitored_nightly_backup(newcomer: str) -> None:
    session = (TOP / "integration" / "newcomer.txt").read_text(encoding="utf-8")
    play(["docker", "exec", "-i", "-w", "/root/backuptool", newcomer, "bash"], steps(session))
