"""What the old script left on the server, made by its own commands: listed, verified, restored, unauthenticated."""

from __future__ import annotations

import json
import secrets
import subprocess

from integration.conftest import Host, MakeHost

# As the procedure has it, but for --rm (it leaves a container each day) and for curl's --fail.
SCRIPT = """
set -eu
docker-compose -f "$COMPOSE_FILE" run --rm postgres backup
POSTGRES_CONTAINER_ID=$(docker-compose -f "$COMPOSE_FILE" ps -q postgres)
docker cp "$POSTGRES_CONTAINER_ID":/backups "$FOLDER"
LATEST_BACKUP=$(find "$LOCAL_BACKUP_DIR" -type f -printf '%T+\\t%p\\n' | sort -r | head -n 1 | cut -f 2)
md5sum "$LATEST_BACKUP" > "$LATEST_BACKUP.md5"
openssl enc -e -aes-256-cbc -kfile "$PASSPHRASE_FILE" -in "$LATEST_BACKUP" -out "$LATEST_BACKUP.enc"
LATEST_BACKUP_TAR="${LATEST_BACKUP%.sql.gz}.tar"
tar -cf "$LATEST_BACKUP_TAR" "$LATEST_BACKUP.enc" "$LATEST_BACKUP.md5"
curl --fail --silent --show-error --digest -K "$CURL_CONF" -T "$LATEST_BACKUP_TAR" "$REMOTE_BACKUP_URL"
rm "$LATEST_BACKUP.enc" "$LATEST_BACKUP_TAR" "$LATEST_BACKUP.md5"
"""


def run_the_old_script(host: Host) -> str:
    """The name of the tar that is on the server afterwards."""
    host.stack.inside("webdav", "mkdir", "-p", f"/srv/dav/{host.location}")
    host.stack.inside("webdav", "chown", "www-data:", f"/srv/dav/{host.location}")
    environment = {
        "PATH": "/usr/sbin:/usr/bin:/sbin:/bin:/usr/local/bin", "FOLDER": str(host.folder), "HOME": str(host.folder),
        "COMPOSE_FILE": str(host.stack.compose_file), "COMPOSE_PROJECT_NAME": host.stack.project,
        "LOCAL_BACKUP_DIR": str(host.folder / "backups"), "CURL_CONF": str(host.folder / "curl.conf"),
        "REMOTE_BACKUP_URL": f"{host.stack.url}{host.location}/", "PASSPHRASE_FILE": str(host.passphrase_file),
    }  # fmt: skip
    done = subprocess.run(["sh", "-c", SCRIPT], env=environment, cwd="/", capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    host.stack.inside("postgres", "sh", "-c", "rm /backups/*")
    (name,) = host.stack.stored(host.location)
    return name


def test_what_the_old_script_uploaded_is_listed_verified_and_restored(make_host: MakeHost) -> None:
    host = make_host()
    name = run_the_old_script(host)
    (row,) = json.loads(host.ok("list", "--json"))
    assert (row["backup"], row["authenticated"]) == (name, False)
    assert "md5 matches; nothing proves who made it" in host.ok("verify", name)
    refused = host.run("restore", name, "--into", "never")
    assert (refused.returncode, "--unauthenticated" in refused.stderr) == (2, True)
    copy = f"copy_{secrets.token_hex(4)}"
    host.ok("restore", name, "--into", copy, "--unauthenticated")
    host.stack.psql(f"ALTER DATABASE {copy} SET timezone = 'Europe/Berlin'", "postgres")  # no old backup has settings
    assert host.stack.facts(copy) == host.stack.facts("broker")
    assert host.left() == []
    host.stack.psql(f"DROP DATABASE {copy}", "postgres")


def test_the_first_bundle_beside_it_is_the_latest(make_host: MakeHost) -> None:
    host = make_host()
    old = run_the_old_script(host)
    host.ok("backup")
    assert len(host.stack.stored(host.location)) == 2
    assert old not in host.ok("verify")
    assert len(json.loads(host.ok("list", "--json"))) == 2
