"""A new user on a clean Debian machine, with a compose project and the old script, follows the README."""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from integration.conftest import DAV_PASSWORD, DAV_USER, TOP, Stack
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
PYTHON = "3.13"  # of Debian 13


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `pip install .` would fetch: the machine reaches no package index, this one is configured to."""
    folder = tmp_path_factory.mktemp("wheels")
    table = tomllib.loads((TOP / "pyproject.toml").read_text())
    wanted = [*table["project"]["dependencies"], *table["build-system"]["requires"]]
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--python-version", PYTHON]
    subprocess.run([*command, "--only-binary=:all:", "--dest", folder, *wanted], check=True)
    return folder


@pytest.fixture
def machine(stack: Stack, wheels: Path, tmp_path: Path) -> Iterator[str]:
    """A container that stands for the machine; docker there is this host's."""
    image = "backuptool-test-newcomer"
    build = ["docker", "build", "-q", "--network", "host", "-t", image, "integration/images/newcomer"]
    subprocess.run(
        build, check=True, cwd=TOP, env={"DOCKER_BUILDKIT": "0", "PATH": os.environ["PATH"]}, capture_output=True
    )
    subprocess.run(["git", "clone", "-q", TOP, tmp_path / "backuptool"], check=True)
    mounts = {
        "/var/run/docker.sock": "/var/run/docker.sock", wheels: "/wheels:ro",
        tmp_path / "backuptool": "/root/backuptool",
        stack.compose_file: "/srv/broker/docker-compose.yml:ro", tmp_path / "given": "/given:ro",
    }  # fmt: skip
    environment = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": "/wheels", "COMPOSE_PROJECT_NAME": stack.project}
    _given(tmp_path / "given", stack)
    words = [word for here, there in mounts.items() for word in ("-v", f"{here}:{there}")]
    words += [word for name, value in environment.items() for word in ("-e", f"{name}={value}")]
    run = ["docker", "run", "-d", "--rm", "--init", "--network", "host", *words, image, "sleep", "infinity"]
    name = subprocess.run(run, check=True, capture_output=True, text=True).stdout.strip()
    yield name
    subprocess.run(["docker", "kill", name], check=True, capture_output=True)


def _given(folder: Path, stack: Stack) -> None:
    """What the old procedure has on such a machine."""
    folder.mkdir()
    url = f"{stack.url}digest/broker_db_backup/"
    curl = DAV_PASSWORD.replace("\\", "\\\\").replace('"', '\\"')
    (folder / "old_script").write_text(OLD_SCRIPT.format(url=url) + COMMANDS)
    (folder / "cloud.conf").write_text(f'user = "{DAV_USER}:{curl}"\n')
    (folder / "db_backup_passphrase.txt").write_text(secrets.token_urlsafe(40) + "\n")


def test_from_nothing_to_a_verified_pruned_monitored_nightly_backup(machine: str) -> None:
    session = (TOP / "integration" / "newcomer.txt").read_text(encoding="utf-8")
    play(["docker", "exec", "-i", "-w", "/root/backuptool", machine, "bash"], steps(session))
