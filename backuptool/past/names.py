"""What the old procedure's tars are called in a store: `${LATEST_BACKUP%.sql.gz}.tar` of what its script made."""

from __future__ import annotations

from datetime import UTC, datetime

from backuptool.stores.names import OLD


def created(name: str) -> datetime | None:
    """When the tar file `name` was made, by its name (the container's clock, taken for UTC); None: no such name."""
    if OLD.fullmatch(name) is None:
        return None
    try:
        return datetime.strptime(name, "backup_%Y_%m_%dT%H_%M_%S.tar").replace(tzinfo=UTC)
    except ValueError:  # the 31st of February
        return None
