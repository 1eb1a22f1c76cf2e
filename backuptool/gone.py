"""A newer backup than those that are listed: this host's ledger has it as stored, and no store that answers has it."""

from __future__ import annotations

from datetime import UTC, datetime

from backuptool.config import Plan
from backuptool.copies import is_of, made
from backuptool.ledger import Ledger

AGAIN = "make a new backup"  # what helps then
LATEST = datetime.max.replace(tzinfo=UTC)


def gone(plan: Plan, newest: str, until: datetime | None = None) -> str:
    """What is said of the backup that was stored last, where it was made after `newest` and before `until`, and prune
    did not remove it; empty where none is gone."""
    ledger = Ledger(plan.state_dir)
    last = ledger.last(plan.name)
    if last is None or not is_of(last.bundle, plan.host) or not made(newest) < made(last.bundle) < (until or LATEST):
        return ""
    removed = any(entry.event == "removed" and entry.bundle == last.bundle for entry in ledger.of(plan.name))
    return "" if removed else f"{last.bundle} was stored and is in no store that answers"
