"""From the old script to backups every night, on real compose and Apache, with no command but the README's."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from integration.conftest import Host, MakeHost
from tests.init.sample import COMMANDS

OLD = ("backup_2026_01_01T03_00_00.tar", "backup_2026_01_02T03_00_00.tar")
SHORT = {"PATH": "/usr/bin:/bin"}


@pytest.fixture
def host(make_host: MakeHost) -> Host:
    """A host that has the old script, and a store with what that left."""
    host = make_host()
    host.config.unlink()
    (host.folder / "old").mkdir()
    script = f"""#!/bin/bash
export COMPOSE_FILE="{host.stack.compose_file}"
export LOCAL_BACKUP_DIR="{host.folder}/old"
export REMOTE_BACKUP_URL="{host.stack.url}{host.location}/"
export CURL_CONF="{host.folder}/curl.conf"
export PASSPHRASE_FILE="{host.passphrase_file}"
{COMMANDS.replace("docker-compose", f"docker-compose -p {host.stack.project}")}"""
    (host.folder / "db_backup").write_text(script)
    place = f"/srv/dav/{host.location}"
    make = 'mkdir "$1" && touch $(printf "$1/%s " "$2" "$3") && chown -R --reference "$1/.." "$1"'
    host.stack.inside("webdav", "sh", "-c", make, "sh", place, *OLD)
    return host


def checked(host: Host) -> dict[str, str]:
    """What doctor says of each check."""
    done = host.run("doctor", "--json", "--root", str(host.folder / "root"))
    assert done.returncode == 0, done.stdout + done.stderr
    return {one["check"]: one["grade"] for one in json.loads(done.stdout)}


def test_the_old_script_becomes_a_nightly_backup(host: Host) -> None:
    said = host.ok("init", "--from-sop", str(host.folder / "db_backup"))
    assert f"{host.config} is written: plan {host.location.rpartition('/')[2]}" in said
    assert all(f"  {name}\n" in said for name in OLD)
    assert host.stack.stored(host.location) == sorted(OLD)
    config = host.config.read_text()
    assert f'project = "{host.stack.project}"' in config
    host.config.write_text(f'state_dir = "{host.folder}/state"\n{config}')
    (host.folder / "root" / "etc" / "cron.daily").mkdir(parents=True)
    host.ok("install", "cron", "--root", str(host.folder / "root"))

    # Without COMPOSE_PROJECT_NAME too: the configuration says all.
    argv = ["run-parts", "--report", str(host.folder / "root" / "etc" / "cron.daily")]
    done = subprocess.run(argv, env=SHORT, cwd="/", capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    (name,) = set(host.stack.stored(host.location)) - set(OLD)
    assert name in host.ok("list")
    assert "authentic and whole" in host.ok("verify")
    assert set(checked(host).values()) <= {"ok", "warning"}
    assert sorted(path.name for path in (host.folder / "old").iterdir()) == []
    assert host.stack.stored(host.location) == sorted([*OLD, name])


def test_a_service_that_is_misspelt_is_found_before_the_night(host: Host) -> None:
    """The positive control: the same host, one thing wrong."""
    host.ok("init", "--from-sop", str(host.folder / "db_backup"))
    Path(host.config).write_text(host.config.read_text().replace('service = "postgres"', 'service = "postgers"'))
    done = host.run("doctor", "--json")
    found = {one["check"]: one for one in json.loads(done.stdout)}
    assert (done.returncode, found["shell"]["grade"], found["trial"]["grade"]) == (1, "failed", "ok")
    assert "did you mean postgres?" in found["shell"]["found"]
