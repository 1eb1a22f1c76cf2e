"""The old procedure's script, as it was given and with nothing but its variables, and what is read of it."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from backuptool.init import Answers, config_text, from_sop

VALUES = {
    "COMPOSE_FILE": "/var/www/gds_docker/genomicsdataservices/docker-compose.yml",
    "LOCAL_BACKUP_DIR": "/var/www/gds_docker/backups",
    "REMOTE_BACKUP_URL": "https://owncloud.example.org/remote.php/webdav/broker_db_backup/",
    "CURL_CONF": "/root/mpi-owncloud.conf",
    "PASSPHRASE_FILE": "/root/db_backup_passphrase.txt",
}
COMMANDS = r"""
docker-compose -f "$COMPOSE_FILE" run postgres backup
docker-compose -f "$COMPOSE_FILE" run postgres list-backups
POSTGRES_CONTAINER_ID=$(docker-compose -f "$COMPOSE_FILE" ps -q postgres)
docker cp "$POSTGRES_CONTAINER_ID":/backups /var/www/gds_docker
LATEST_BACKUP=$(find "$LOCAL_BACKUP_DIR" -type f -printf '%T+\t%p\n' | sort -r | head -n 1 | cut -f 2)
md5sum "$LATEST_BACKUP" > "$LATEST_BACKUP.md5"
openssl enc -e -aes-256-cbc -kfile "$PASSPHRASE_FILE" -in "$LATEST_BACKUP" -out "$LATEST_BACKUP.enc"
LATEST_BACKUP_TAR="${LATEST_BACKUP%.sql.gz}.tar"
tar -cf "$LATEST_BACKUP_TAR" "$LATEST_BACKUP.enc" "$LATEST_BACKUP.md5"
curl --digest -K "$CURL_CONF" -T "$LATEST_BACKUP_TAR" "$REMOTE_BACKUP_URL"
rm "$LATEST_BACKUP.enc" "$LATEST_BACKUP_TAR" "$LATEST_BACKUP.md5"
"""
ITSELF = f"""#!/bin/bash
COMPOSE_FILE="/var/www/gds_docker/genomicsdataservices/docker-compose.yml"
LOCAL_BACKUP_DIR="/var/www/gds_docker/backups"
REMOTE_BACKUP_URL="https://owncloud.example.org/remote.php/webdav/broker_db_backup/"   # trailing slash is mandatory (!)
CURL_CONF="/root/mpi-owncloud.conf"             # a curl -K config file: holds the user name and password
PASSPHRASE_FILE="/root/db_backup_passphrase.txt"
{COMMANDS}"""
EXPORTED = "#!/bin/sh\n" + "".join(f"export {name}='{value}'\n" for name, value in VALUES.items())
EXPORTED += "exec /usr/local/bin/backuptool backup\n"


def read(folder: Path, text: str) -> Answers:
    path = folder / "db_backup"
    path.write_bytes(text.encode())
    return from_sop(path, {"HOME": "/root", "COMPOSE_FILE": "/not/ours"})


def read_with(folder: Path, command: str) -> Answers:
    """What is read of a script that runs this command; nothing else in it dumps."""
    return read(folder, EXPORTED.replace("exec /usr/local/bin/backuptool", f"{command}\nexec /bin/true"))


def tables(answers: Answers) -> dict[str, Any]:
    return tomllib.loads(config_text(answers))
