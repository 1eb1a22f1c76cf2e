"""The old procedure's five variables, read as a configuration, so that its script becomes one line."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import unquote, urlsplit

from backuptool.bundle.names import slug
from backuptool.errors import UsageError

VARIABLES = ("COMPOSE_FILE", "LOCAL_BACKUP_DIR", "REMOTE_BACKUP_URL", "CURL_CONF", "PASSPHRASE_FILE")
# COMPOSE_FILE alone is docker compose's own; PASSPHRASE_FILE is also what RECOVER.txt has a person export.
OURS = ("LOCAL_BACKUP_DIR", "REMOTE_BACKUP_URL", "CURL_CONF")
BEYOND = "backuptool init --from-sop SCRIPT writes a configuration, read where the variables are not set"


def names_a_procedure(environment: Mapping[str, str]) -> bool:
    """Whether any of the variables that only the old procedure has is set."""
    return any(environment.get(name) for name in OURS)


def tables(environment: Mapping[str, str]) -> dict[str, Any]:
    """The configuration's tables that these variables mean. Raises UsageError naming those that are missing.

    The container's own `backup` script makes the dump, as it did; LOCAL_BACKUP_DIR is where the bundle is put together.
    """
    missing = [name for name in VARIABLES if not environment.get(name)]
    if missing:
        raise UsageError(
            f"{', '.join(missing)}: not set, while other variables of the old procedure are",
            hint="set all five, or write a configuration",
        )
    compose, work, url, curl, passphrase = (environment[name] for name in VARIABLES)
    return {
        "work_dir": work,
        "plans": {
            plan_name(url): {
                "passphrase_file": passphrase,
                "source": {"type": "script", "shell": {"type": "compose", "file": compose, "service": "postgres"}},
                "stores": [{"type": "webdav", "url": url, "curl_config": curl}],
            }
        },
    }


def plan_name(url: str) -> str:
    """A plan's name from the last folder of the URL: …/broker_db_backup/ becomes broker-db-backup."""
    return slug(PurePosixPath(unquote(urlsplit(url).path)).name.replace(".", "-"))
