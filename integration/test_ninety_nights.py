"""Ninety nights, each with a real bundle and what retention makes of it: exactly what the policy says is there."""

from __future__ import annotations

import argparse
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from backuptool.backup import backup
from backuptool.bundle import Stem
from backuptool.cli.prune import after_a_backup
from backuptool.config import PlanTable
from tests.cli.quick import quick_keys
from tests.test_backup import PlanOfBytes

FIRST = datetime(2026, 6, 1, 3, 30, tzinfo=UTC)  # past: a bundle of tomorrow in a store of today is refused
NIGHTS = 90
OFF = range(40, 48)  # nights on which the host was off
LAST, DAILY, WEEKLY, MONTHLY, MINIMUM = 3, 7, 5, 3, 2


def expected(nights: list[date]) -> set[date]:
    """Written from the README's words, not from the code: of each of the newest days, weeks and months the newest."""
    weeks = {(night - timedelta(days=night.weekday())): night for night in sorted(nights)}
    months = {night.replace(day=1): night for night in sorted(nights)}
    return {
        *sorted(nights)[-max(LAST, DAILY, MINIMUM) :],
        *(weeks[monday] for monday in sorted(weeks)[-WEEKLY:]),
        *(months[first] for first in sorted(months)[-MONTHLY:]),
    }


def test_ninety_nights_keep_exactly_what_the_policy_says(tmp_path: Path) -> None:
    passphrase = tmp_path / "passphrase.txt"
    passphrase.touch(mode=0o600)
    passphrase.write_text("correct horse battery staple\n")
    store = tmp_path / "store"
    store.mkdir()
    table = PlanTable.model_validate(
        {
            "passphrase_file": passphrase, "kdf": "sop", "source": {"database": "x"},
            "keep": {"last": LAST, "daily": DAILY, "weekly": WEEKLY, "monthly": MONTHLY, "minimum": MINIMUM},
            "stores": [{"type": "directory", "path": store}],
        }
    )  # fmt: skip
    plan = PlanOfBytes("broker", table, tmp_path / "state", tmp_path / "work")
    nights: list[date] = []
    for night in range(NIGHTS):
        if night in OFF:
            continue
        now = FIRST + timedelta(days=night)
        with quick_keys():
            made = backup(plan, now)
            assert after_a_backup(argparse.Namespace(), plan, made.stores, now) == []
        nights.append(now.date())
        kept = sorted(expected(nights))  # of all that were ever made, not of what is left
        stems = [stem for path in store.iterdir() if (stem := Stem.of_bundle(path.name))]
        assert sorted(stem.created.date() for stem in stems) == kept, now
    assert (kept[0], kept[-1]) == (date(2026, 6, 30), date(2026, 8, 29))
    assert len(kept) == DAILY + 3 + 2  # two of the five weeks and one of the three months have a day among the seven
