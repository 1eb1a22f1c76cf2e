"""Which bundles are kept, and why: pure, from names and a policy.

As restic's and borg's `--keep-…`: of each of the newest N days (weeks, months, years) that have a bundle the newest one
of that day is kept. A day without one uses nothing up, so a host that was off for a month does not lose a month of
history. Days are those of UTC, as in the names: what is kept does not depend on where one looks from.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from backuptool.bundle import Stem

Period = Callable[[datetime], str]
PERIODS: dict[str, Period] = {
    "daily": lambda at: at.strftime("%Y-%m-%d"),
    "weekly": lambda at: at.strftime("%G-W%V"),  # ISO 8601: a week belongs to the year that has its Thursday
    "monthly": lambda at: at.strftime("%Y-%m"),
    "yearly": lambda at: at.strftime("%Y"),
}
CALLED = {"daily": "day", "weekly": "week", "monthly": "month", "yearly": "year"}


@dataclass(frozen=True, slots=True)
class Policy:
    """What to keep: the newest `last`, one for each of so many days, weeks, months and years, all `within` a time.

    `minimum` newest ones are kept whatever else it says.
    """

    last: int = 0
    daily: int = 0
    weekly: int = 0
    monthly: int = 0
    yearly: int = 0
    within: timedelta | None = None
    minimum: int = 3


@dataclass(frozen=True, slots=True)
class Decision:
    """About one bundle: it is kept for these reasons; without any it is removed, and `against` says why."""

    stem: Stem
    reasons: tuple[str, ...]
    against: str = ""

    @property
    def kept(self) -> bool:
        """Whether there is a reason to keep it."""
        return bool(self.reasons)


def decide(stems: Sequence[Stem], policy: Policy, now: datetime, made_last: Collection[Stem] = ()) -> list[Decision]:
    """A decision about each of `stems`, which are one plan's and one host's, newest first.

    `made_last`: those that are the newest whatever their names say, for a clock may have been wrong; they are kept.
    """
    newest_first = sorted(set(stems), reverse=True)
    reasons: dict[Stem, list[str]] = {stem: [] for stem in newest_first}
    for place, stem in enumerate(newest_first[: max(policy.last, policy.minimum)]):
        reasons[stem].append(f"last {place + 1}" if place < policy.last else f"minimum {place + 1}")
    for name, period in PERIODS.items():
        for stem, label in _newest_of_each(newest_first, period, getattr(policy, name)):
            reasons[stem].append(f"{name} {label}")
    if policy.within is not None:
        for stem in newest_first:
            if stem.created > now - policy.within:
                reasons[stem].append("within")
    for stem in made_last:
        if not reasons[stem]:
            reasons[stem].append("made last")
    against = _against(newest_first, policy)
    return [Decision(stem, tuple(because), "" if because else against(stem)) for stem, because in reasons.items()]


def _newest_of_each(newest_first: Sequence[Stem], period: Period, count: int | None = None) -> list[tuple[Stem, str]]:
    found: dict[str, Stem] = {}
    for stem in newest_first:
        found.setdefault(period(stem.created), stem)
    return [(stem, label) for label, stem in list(found.items())[:count]]


def _against(newest_first: Sequence[Stem], policy: Policy) -> Callable[[Stem], str]:
    """Why no rule keeps a bundle: there is a newer one of its day (week, month, year), or it is past all of them."""
    counts = {name: getattr(policy, name) for name in ("last", *PERIODS)}
    newest = {name: {stem for stem, _ in _newest_of_each(newest_first, PERIODS[name])} for name in PERIODS}
    rules = [f"{name} {count}" for name, count in counts.items() if count]
    past = f"past {', '.join(rules)}" if rules else "older than within"

    def against(stem: Stem) -> str:
        names = (name for name in PERIODS if counts[name] and stem not in newest[name])
        return next((f"not the last of its {CALLED[name]}" for name in names), past)

    return against
