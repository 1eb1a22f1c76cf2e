"""From a database in docker compose to a bundle in Apache, and back with the tool and without it."""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import subprocess
import tarfile
from pathlib import Path

import pytest

from backuptool.bundle.recover import script
from integration.conftest import TOOL, TOP, WRAPPER, Host, MakeHost, Stack

DUMP, SCRIPT = 'type = "pg_dump"', 'type = "script"\nremove_after = true'


@pytest.fixture
def new_database(stack: Stack) -> str:
    """A name for a database, which is dropped afterwards by nobody: the stack goes as a whole."""
    return f"copy_{secrets.token_hex(4)}"


def test_the_server_is_of_the_major_version_that_its_images_tag_says(stack: Stack) -> None:
    """CI runs this file once for each version; without POSTGRES_IMAGE it is 17, the stand-in's too."""
    said = re.search(r":(\d+)[^/]*$", os.environ.get("POSTGRES_IMAGE") or "postgres:17")
    version = stack.psql("show server_version").partition(".")[0]
    assert said is None or version == said[1]


# Each with each of the others: server and source, server and compose, source and compose.
WAYS = {
    "digest-pg_dump-compose v2": ("digest", DUMP, False),
    "digest-script-compose v1": ("digest", SCRIPT, True),
    "basic-pg_dump-compose v1": ("basic", DUMP, True),
    "basic-script-compose v2": ("basic", SCRIPT, False),
}


@pytest.mark.parametrize(("server", "source", "v1"), WAYS.values(), ids=WAYS)
def test_a_backup_is_made_listed_verified_and_restored(
    make_host: MakeHost, new_database: str, *, server: str, source: str, v1: bool
) -> None:
    host = make_host(source=source, server=server, v1=v1, kdf="pbkdf2")
    host.ok("backup")
    (name,) = host.stack.stored(host.location)
    assert name in host.ok("list")
    assert host.ok("verify").startswith(f"{name}\n  authentic and whole, a dump of ")
    host.ok("restore", "--into", new_database)
    assert host.stack.facts(new_database) == host.stack.facts("broker")
    assert host.stack.psql("show timezone", new_database) == "Europe/Berlin"
    assert host.left() == []
    assert host.stack.inside("postgres", "ls", "-A", "/backups") == b""


@pytest.mark.parametrize("source", [DUMP, SCRIPT], ids=["pg_dump", "script"])
def test_stock_commands_open_the_stored_file_without_the_tool(
    make_host: MakeHost, new_database: str, tmp_path: Path, source: str
) -> None:
    host = make_host(source=source, kdf="pbkdf2")
    host.ok("backup")
    bundle = host.bundle()
    place = tmp_path / "by hand"
    place.mkdir()
    subprocess.run(["tar", "-xkf", bundle, "-C", place], check=True)
    with tarfile.open(bundle) as tar:
        recover = tar.extractfile("RECOVER.txt")
        assert recover is not None
        text = recover.read()
    psql = f"docker exec -i {host.stack.container('postgres')} psql -U broker"
    environment = {**os.environ, "PASSPHRASE_FILE": str(host.passphrase_file), "TARGET_DB": new_database, "PSQL": psql}
    for part in ("check", "decrypt", "restore"):
        done = subprocess.run(
            ["sh", "-c", script(text, part)], cwd=place, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
    assert host.stack.facts(new_database) == host.stack.facts("broker")


def cron_environment(host: Host) -> list[str]:
    """What cron gives a job, and where this test's files are."""
    project = os.environ["COMPOSE_PROJECT_NAME"]
    return ["env", "-i", "PATH=/usr/bin:/bin", f"COMPOSE_PROJECT_NAME={project}", f"BACKUPTOOL_CONFIG={host.config}"]


def test_the_cron_wrapper_leaves_a_verified_bundle_and_says_nothing(make_host: MakeHost, tmp_path: Path) -> None:
    host = make_host()
    wrapper = tmp_path / "cron.daily" / "backuptool"
    wrapper.parent.mkdir()
    wrapper.write_bytes(WRAPPER.read_bytes())
    wrapper.chmod(0o755)
    tool = f"BACKUPTOOL={TOOL[0]}"
    done = subprocess.run(
        [*cron_environment(host), tool, "run-parts", "--report", str(wrapper.parent)],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert len(host.stack.stored(host.location)) == 1
    host.ok("verify")


def test_the_cron_wrapper_says_what_is_wrong_and_fails(make_host: MakeHost, tmp_path: Path) -> None:
    host = make_host(source='database = "no such"')
    tool = f"BACKUPTOOL={TOOL[0]}"
    done = subprocess.run([*cron_environment(host), tool, WRAPPER], capture_output=True, text=True, check=False)
    assert done.returncode == 5
    assert 'database "no such" does not exist' in done.stderr
    assert "hint: " in done.stderr


def test_make_backup_leaves_a_verified_bundle(make_host: MakeHost) -> None:
    host = make_host()
    done = subprocess.run(
        ["make", "backup", f"CONFIG={host.config}"], cwd=TOP, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert len(host.stack.stored(host.location)) == 1


def test_the_old_procedures_five_variables_are_enough(make_host: MakeHost) -> None:
    host = make_host()
    backups = host.folder / "backups"
    backups.mkdir()
    host.environment = {
        "COMPOSE_FILE": str(host.stack.compose_file),
        "LOCAL_BACKUP_DIR": str(backups),
        "REMOTE_BACKUP_URL": f"{host.stack.url}{host.location}/",
        "CURL_CONF": str(host.folder / "curl.conf"),
        "PASSPHRASE_FILE": str(host.passphrase_file),
    }
    done = host.run("backup", config=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert len(host.stack.stored(host.location)) == 1
    assert list(backups.iterdir()) == []
    left = host.stack.inside("postgres", "sh", "-c", "ls /backups; rm /backups/*").decode().split()
    assert len(left) == 1, "the container's own file stays, as it always did"


def test_a_dump_of_200_mb_goes_round(make_host: MakeHost, stack: Stack, new_database: str) -> None:
    stack.psql("CREATE DATABASE large", "postgres")
    rows = "SELECT n, md5(n::text) a, md5((n * 7)::text) b, n % 100 c FROM generate_series(1, 2800000) n"
    stack.psql(f"CREATE TABLE t AS {rows}", "large")
    host = make_host(source='database = "large"')
    host.ok("backup")
    dumped = stack.inside("postgres", "pg_dump", "-U", "broker", "large")
    assert len(dumped) > 200_000_000
    host.ok("restore", "--into", new_database)
    digest = "select md5(string_agg(t::text, '' order by n)) from t"
    assert stack.psql(digest, new_database) == stack.psql(digest, "large")
    stack.psql(f"DROP DATABASE large; DROP DATABASE {new_database}", "postgres")


def test_the_stored_bytes_are_those_that_were_made(make_host: MakeHost) -> None:
    host = make_host()
    host.ok("backup")
    bundle = host.bundle()
    with tarfile.open(bundle) as tar:
        sums = tar.extractfile("SHA256SUMS")
        assert sums is not None
        for line in sums.read().decode().splitlines():
            digest, name = line.split("  ")
            member = tar.extractfile(name)
            assert member is not None
            assert hashlib.sha256(member.read()).hexdigest() == digest
