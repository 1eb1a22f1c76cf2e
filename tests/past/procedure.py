"""The old procedure's own commands, as its script had them."""

from __future__ import annotations

import subprocess
from pathlib import Path

NAME = "backup_2026_01_01T03_00_00"
SCRIPT = """
set -eu
LATEST_BACKUP=$(find "$LOCAL_BACKUP_DIR" -type f -printf '%T+\\t%p\\n' | sort -r | head -n 1 | cut -f 2)
md5sum "$LATEST_BACKUP" > "$LATEST_BACKUP.md5"
openssl enc -e -aes-256-cbc $OPTIONS -kfile "$PASSPHRASE_FILE" -in "$LATEST_BACKUP" -out "$LATEST_BACKUP.enc"
LATEST_BACKUP_TAR="${LATEST_BACKUP%.sql.gz}.tar"
tar -cf "$LATEST_BACKUP_TAR" "$LATEST_BACKUP.enc" "$LATEST_BACKUP.md5"
rm "$LATEST_BACKUP.enc" "$LATEST_BACKUP.md5" "$LATEST_BACKUP"
"""


def old_tar(
    folder: Path, dump: bytes, passphrase_file: Path, options: str = "", openssl: Path | None = None, name: str = NAME
) -> Path:
    """The tar that the procedure uploads of a compressed dump. `options`: of `openssl enc`, beside the procedure's."""
    backups = folder / "backups"
    backups.mkdir(parents=True)
    (backups / f"{name}.sql.gz").write_bytes(dump)
    path = f"{openssl.parent}:/usr/bin:/bin" if openssl else "/usr/bin:/bin"
    environment = {
        "PATH": path, "LOCAL_BACKUP_DIR": str(backups), "PASSPHRASE_FILE": str(passphrase_file), "OPTIONS": options,
    }  # fmt: skip
    subprocess.run(["sh", "-c", SCRIPT], env=environment, cwd="/", check=True, capture_output=True)
    return backups / f"{name}.tar"
