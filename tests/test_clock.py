"""When this host's clock is not believed: the numbers of docs/operations.md, at their very edges."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from backuptool.bundle import Stem
from backuptool.clock import pauses, refuse_before, refuse_pause, refuse_younger
from backuptool.errors import BackuptoolError

NOW = datetime(2026, 11, 29, 4, 30, tzinfo=UTC)
PAGE = (Path(__file__).parents[1] / "docs" / "operations.md").read_text(encoding="utf-8").replace("\n", " ")
SECOND = timedelta(seconds=1)


def ago(*days: float) -> list[Stem]:
    return [Stem.now("broker", "db1", NOW - timedelta(days=day)) for day in days]


def refused(*, wrong: bool) -> AbstractContextManager[object]:
    return pytest.raises(BackuptoolError, match="nothing is removed") if wrong else nullcontext()


@pytest.mark.parametrize(
    ("days", "wrong"),
    [
        (ago(45, 46, 47, 48, 49, 50), False),
        (ago(46, 47, 48, 49, 50, 51), True),
        (ago(0, 45, 46, 47, 48, 49), False),
        (ago(0, 46, 47, 48, 49, 50), True),
        (ago(60, 80, 100, 120, 140, 160), False),  # three times the usual gap, which is longer
        (ago(61, 81, 101, 121, 141, 161), True),
        (ago(0, 1, 2, 60, 61, 62), False),  # as many newer ones as always stay: three
        (ago(0, 1, 60, 61, 62, 63), True),
        ([], False),
    ],
)
def test_a_pause_is_longer_than_45_days_and_than_three_times_the_usual_gap(days: list[Stem], *, wrong: bool) -> None:
    assert "After a pause of more than 45 days (or three times the usual gap, if that is longer)" in PAGE
    with refused(wrong=wrong):
        refuse_pause(pauses(days, NOW, 3))


@pytest.mark.parametrize(("days", "wrong"), [(ago(0, 60, 61, 62, 63), True), (ago(0, 1, 60, 61, 62), False)])
def test_with_a_minimum_of_one_two_newer_backups_must_be_there(days: list[Stem], *, wrong: bool) -> None:
    assert "until `minimum` newer backups (two at least) are there" in PAGE
    with refused(wrong=wrong):
        refuse_pause(pauses(days, NOW, 1))


@pytest.mark.parametrize(("ahead", "wrong"), [(timedelta(minutes=10), False), (timedelta(minutes=10) + SECOND, True)])
def test_a_clock_before_the_newest_backup_by_more_than_ntp_sets_it_back_is_wrong(
    ahead: timedelta, *, wrong: bool
) -> None:
    with refused(wrong=wrong):
        refuse_before([Stem.now("broker", "db1", NOW + ahead)], NOW)


@pytest.mark.parametrize(("before", "wrong"), [(timedelta(days=1), False), (timedelta(days=1) + SECOND, True)])
def test_a_backup_that_was_stored_more_than_a_day_before_its_name_says_is_none(
    before: timedelta, *, wrong: bool
) -> None:
    (newest,) = ago(0)
    with refused(wrong=wrong):
        refuse_younger(newest, NOW - before)
    refuse_younger(newest, None)
