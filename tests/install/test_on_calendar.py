"""When a timer fires: some day, and on every one of them by itself."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest

from backuptool.errors import UsageError
from backuptool.install.on_calendar import check_calendar
from backuptool.nightly import NIGHTLY


@pytest.mark.needs("systemd-analyze")
@pytest.mark.parametrize(
    ("when", "why"),
    [
        ("every day", "Failed to parse"), ("-x", "Failed to parse"), ("2020-01-01", "it has no next time"),
        ("", "it is empty"), ("daily\n", "not of one line"),
    ],
)  # fmt: skip
def test_a_time_that_never_comes_is_none_for_a_timer(when: str, why: str) -> None:
    with pytest.raises(UsageError, match=f"is no time for a timer: .*{why}") as told:
        check_calendar(when)
    assert "'Mon..Fri 04:00'" in told.value.hint


@pytest.mark.needs("systemd-analyze")
@pytest.mark.parametrize("when", [NIGHTLY, "hourly", "Mon..Fri 04:00"])
def test_a_time_that_systemd_understands_is_right(when: str) -> None:
    check_calendar(when)


@pytest.mark.parametrize(
    ("zone", "day", "skipped"),
    [
        ("Europe/Berlin", date(2027, 3, 28), time(2, 30)),
        ("Europe/Athens", date(2027, 3, 28), time(3, 30)),
        ("America/New_York", date(2027, 3, 14), time(2, 30)),
    ],
)
def test_the_nightly_time_comes_when_clocks_are_put_forward_too(zone: str, day: date, skipped: time) -> None:
    """systemd passes over a night whose local time does not exist, and Persistent= sees nothing missed."""
    assert not exists(datetime.combine(day, skipped, ZoneInfo(zone)))
    assert exists(datetime.combine(day, time.fromisoformat(NIGHTLY.split()[1]), ZoneInfo(zone)))


def exists(local: datetime) -> bool:
    return local.astimezone(UTC).astimezone(local.tzinfo).replace(tzinfo=None) == local.replace(tzinfo=None)
