"""Two nights' backups of a plan, and a check of them."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from backuptool.bundle import Keys, Stem
from backuptool.check import Check, Checked
from backuptool.config import Plan, PlanTable
from backuptool.copies import Shelf
from backuptool.ledger import Entry, Event, Ledger
from tests.bundle.sample import PASSPHRASE
from tests.stores.memory import MemoryStore

NOW = datetime(2026, 11, 25, 9, tzinfo=UTC)
LAST = Stem("broker", "db1", datetime(2026, 11, 25, 4, tzinfo=UTC))
BEFORE = Stem("broker", "db1", datetime(2026, 11, 24, 4, tzinfo=UTC))


def planned(folder: Path, **check: Any) -> Plan:
    table = PlanTable.model_validate(
        {
            "passphrase_file": "/none", "host": "db1", "source": {"database": "x"}, "check": check,
            "stores": [{"type": "directory", "path": "/none"}],
        }
    )  # fmt: skip
    return Plan("broker", table, folder / "state", folder / "work")


def checked(folder: Path, store: MemoryStore, now: datetime = NOW, keys: Keys | None = None, **check: Any) -> Checked:
    shelf = Shelf("memory", store, store.list())
    return Check(planned(folder, **check), shelf, keys or Keys.of(PASSPHRASE), now).run()


def said(one: Checked) -> list[tuple[bool, str]]:
    return [(finding.critical, finding.what) for finding in one.findings]


def remember(
    folder: Path,
    name: str,
    event: Event,
    how: str = "download",
    at: datetime = NOW,
    *,
    store: str = "memory",
    size: int = 1,
) -> None:
    Ledger(folder / "state").add(Entry(at.isoformat(), "broker", name, event, store, how, size, 1, ""))
