"""Which bundles are kept, and why."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backuptool.bundle import Stem
from backuptool.retention import Policy, decide

NOW = datetime(2026, 11, 25, 4, tzinfo=UTC)
NOTHING = Policy(minimum=1)


def stem(created: datetime) -> Stem:
    return Stem("broker", "db1", created)


def nightly(count: int, end: datetime = NOW) -> list[Stem]:
    return [stem(end - timedelta(days=night)) for night in range(count)]


def kept(stems: list[Stem], policy: Policy, now: datetime = NOW) -> dict[str, tuple[str, ...]]:
    decisions = decide(stems, policy, now)
    return {one.stem.created.strftime("%Y-%m-%d"): one.reasons for one in decisions if one.kept}


def test_the_newest_are_kept() -> None:
    assert kept(nightly(9), Policy(last=2, minimum=1)) == {"2026-11-25": ("last 1",), "2026-11-24": ("last 2",)}


def test_of_each_day_week_month_and_year_the_newest_is_kept_and_each_has_its_reasons() -> None:
    policy = Policy(daily=2, weekly=2, monthly=3, yearly=2, minimum=1)
    assert kept(nightly(500), policy) == {
        "2026-11-25": ("minimum 1", "daily 2026-11-25", "weekly 2026-W48", "monthly 2026-11", "yearly 2026"),
        "2026-11-24": ("daily 2026-11-24",),
        "2026-11-22": ("weekly 2026-W47",),
        "2026-10-31": ("monthly 2026-10",),
        "2026-09-30": ("monthly 2026-09",),
        "2025-12-31": ("yearly 2025",),
    }


def test_several_of_one_day_count_once() -> None:
    stems = [stem(NOW - timedelta(hours=hours)) for hours in range(30)]
    assert [one.stem for one in decide(stems, Policy(daily=2, minimum=1), NOW) if one.kept] == [
        stem(NOW), stem(NOW - timedelta(hours=5)),
    ]  # fmt: skip


def test_a_day_without_a_backup_uses_nothing_up() -> None:
    stems = [*nightly(1), *nightly(3, NOW - timedelta(days=200))]
    assert list(kept(stems, Policy(daily=3, minimum=1))) == ["2026-11-25", "2026-05-09", "2026-05-08"]


def test_the_last_days_of_december_belong_to_the_week_of_their_thursday() -> None:
    new_year = [stem(datetime(2027, 1, 1, 4, tzinfo=UTC)), stem(datetime(2026, 12, 31, 4, tzinfo=UTC))]
    assert kept(new_year, Policy(weekly=2, minimum=1)) == {"2027-01-01": ("minimum 1", "weekly 2026-W53")}


def test_what_is_removed_is_told_what_is_against_it() -> None:
    policy = Policy(last=2, daily=3, monthly=1, minimum=1)
    noon = stem(NOW - timedelta(days=1, hours=3))
    decided = {one.stem: one.against for one in decide([*nightly(60), noon], policy, NOW)}
    assert [decided[one] for one in (stem(NOW), noon, *nightly(60)[3:5])] == [
        "", "not the last of its day", "not the last of its month", "not the last of its month",
    ]  # fmt: skip
    assert decided[stem(datetime(2026, 10, 31, 4, tzinfo=UTC))] == "past last 2, daily 3, monthly 1"
    (_, old) = decide(nightly(2), Policy(within=timedelta(hours=1), minimum=1), NOW)
    assert old.against == "older than within"


def test_all_within_a_time_are_kept() -> None:
    assert list(kept(nightly(9), Policy(within=timedelta(days=2, hours=1), minimum=1))) == [
        "2026-11-25", "2026-11-24", "2026-11-23",
    ]  # fmt: skip


def test_the_minimum_is_kept_though_nothing_else_keeps_it() -> None:
    old = nightly(5, datetime(2020, 1, 5, tzinfo=UTC))
    assert list(kept(old, Policy(within=timedelta(hours=1), minimum=3))) == ["2020-01-05", "2020-01-04", "2020-01-03"]


MOMENTS = st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - bounds
POLICIES = st.builds(
    Policy,
    last=st.integers(0, 5), daily=st.integers(0, 5), weekly=st.integers(0, 5), monthly=st.integers(0, 5),
    yearly=st.integers(0, 5), within=st.none() | st.timedeltas(timedelta(), timedelta(days=900)),
    minimum=st.integers(1, 5),
)  # fmt: skip


@given(st.lists(MOMENTS.map(stem), max_size=40), POLICIES, MOMENTS)
def test_whatever_the_history_the_newest_are_kept_each_is_decided_and_a_second_time_removes_nothing(
    stems: list[Stem], policy: Policy, now: datetime
) -> None:
    decisions = decide(stems, policy, now)
    assert [one.stem for one in decisions] == sorted(set(stems), reverse=True)
    assert all(one.kept for one in decisions[: policy.minimum])
    assert all(bool(one.reasons) != bool(one.against) for one in decisions)
    left = [one.stem for one in decisions if one.kept]
    assert all(one.kept for one in decide(left, policy, now))


@given(st.lists(MOMENTS.map(stem), max_size=40), POLICIES, MOMENTS, st.data())
def test_of_a_listing_that_lacks_some_no_more_goes_than_of_the_whole(
    stems: list[Stem], policy: Policy, now: datetime, data: st.DataObject
) -> None:
    shown = data.draw(st.lists(st.sampled_from(stems), unique=True)) if stems else []
    goes = {one.stem for one in decide(shown, policy, now) if not one.kept}
    assert goes <= {one.stem for one in decide(stems, policy, now) if not one.kept}


def test_what_was_made_last_is_kept_whatever_its_name_says() -> None:
    stems = nightly(5)
    decisions = decide(stems, Policy(last=2, minimum=1), NOW, [stems[0], stems[4]])
    assert [one.reasons for one in decisions] == [("last 1",), ("last 2",), (), (), ("made last",)]


@given(st.lists(MOMENTS.map(stem), max_size=40), POLICIES, MOMENTS)
def test_no_policy_keeps_more_than_it_says(stems: list[Stem], policy: Policy, now: datetime) -> None:
    limit = max(policy.last, policy.minimum) + policy.daily + policy.weekly + policy.monthly + policy.yearly
    fresh = 0 if policy.within is None else sum(one.created > now - policy.within for one in set(stems))
    assert sum(one.kept for one in decide(stems, policy, now)) <= limit + fresh


@pytest.mark.parametrize("count", [0, 1])
def test_few_are_all_kept(count: int) -> None:
    assert len(kept(nightly(count), NOTHING)) == count
