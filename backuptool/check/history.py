"""What this host's ledger remembers of a plan's bundles, held against those that are in a store."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from backuptool.amounts import number
from backuptool.bundle import Stem
from backuptool.check.finding import AHEAD, Finding
from backuptool.config import Plan
from backuptool.config.duration import in_words
from backuptool.ledger import Entry, Ledger, other_size
from backuptool.stores import Stored


class History:
    """Of a plan's bundles on the shelf that is called `label`, until now."""

    def __init__(self, plan: Plan, label: str, now: datetime) -> None:
        self._plan, self._now = plan, now
        self._of_plan = Ledger(plan.state_dir).of(plan.name)
        self._known = [entry for entry in self._of_plan if entry.store == label]

    def removed(self) -> list[Entry]:
        """What prune removed there."""
        return [entry for entry in self._known if entry.event == "removed"]

    def missing(self, host: str, there: list[Stem]) -> Iterator[Finding]:
        """What `host` stored there after the oldest that is left, and nobody here removed; `there`: in order.

        A person who makes room takes the oldest, and what a clock that was ahead has named: it is newer by its name
        than the last. Others are critical for a week, then a warning: somebody has seen it by then.
        """
        stored = [entry.bundle for entry in self._known if entry.event == "stored"]
        made = [stem for name in stored if (stem := Stem.of_bundle(name)) and stem.host == host]
        missed = set(made) - set(there) - {Stem.of_bundle(entry.bundle) for entry in self.removed()}
        gone = sorted(stem for stem in missed if stem <= made[-1] and (not there or stem > there[0]))
        if gone:
            newest, others = gone[-1].bundle, len(gone) - 1
            said = f"{newest} was stored there and is gone; prune did not remove it"
            several = f"{newest} and {others} more were stored there and are gone; prune did not remove them"
            yield Finding(several if others else said, critical=self._now - gone[-1].created < timedelta(days=7))

    def changed(self, there: list[Stored]) -> Iterator[Finding]:
        """What has another size than was proven, however old it is: nothing else would look at it before a restore."""
        about: dict[str, list[Entry]] = {}
        for entry in self._known:
            about.setdefault(entry.bundle, []).append(entry)
        sizes = [(one, other_size(about.get(one.name, []), one.size)) for one in there]
        found = [(one, proven) for one, proven in sizes if proven is not None]
        if found:
            newest, proven = found[-1]
            what = f"the size of {newest.name} has changed: it has {newest.size} bytes, {proven} were proven"
            others = f"; that of {number(len(found) - 1, 'other')} has too" if len(found) > 1 else ""
            yield Finding(what + others)

    def drill(self) -> Iterator[Finding]:
        """Of one copy: of the backup."""
        drills = [entry for entry in self._of_plan if entry.event == "drilled"]
        if bad := _newest_bad(drills):
            came_of_it = "found differences" if bad.how == "different" else "failed"
            yield Finding(f"the drill of {bad.bundle} {came_of_it}")
        most = self._plan.check.drill_max_age
        if most and not any(AHEAD <= self._since(one) <= most for one in drills):
            yield Finding(f"no drill within {in_words(most)}", critical=False)

    def _since(self, entry: Entry) -> timedelta:
        return self._now - datetime.fromisoformat(entry.at)


def _newest_bad(drills: list[Entry]) -> Entry | None:
    """Of those that went wrong the newest backup's, unless it or a newer one went well since.

    Where the newest cannot be read an older one is drilled: that this one went well says nothing of the newest.
    """
    bad: dict[datetime, Entry] = {}
    for entry in drills:
        stem = Stem.of_bundle(entry.bundle)
        if stem and entry.how == "same":
            bad = {made: one for made, one in bad.items() if made > stem.created}
        elif stem:
            bad[stem.created] = entry
    return bad[max(bad)] if bad else None
