"""What the old procedure's tars are called in a store: `${LATEST_BACKUP%.sql.gz}.tar` of what its script made."""

from __future__ import annotations

import re
from datetime import UTC, datetime

PATTERN = re.compile(r"backup_\d{4}_\d\d_\d\dT\d\d_\d\d_\d\d\.tar", re.ASCII)


def created(name: str) -> datetime | None:
    """When the tar file `name` was made, by its name (the container's clock, taken for UTC); None: no such name."""
    if PATTERN.fullmatch(name) is None:
        return None
    try:
        return datetime.strptime(name, "backup_%Y_%m_%dT%H_%M_%S.tar").replace(tzinfo=UTC)
    except ValueError:  # the 31st of February
        return None
