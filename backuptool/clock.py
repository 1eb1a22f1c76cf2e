"""Whether this host's clock may be believed when it says what is old."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from statistics import median

from backuptool.bundle import Stem
from backuptool.errors import BackuptoolError

SLACK = timedelta(minutes=10)  # a clock that is set back by ntp
ABROAD = timedelta(days=1)  # a server whose clock nobody looks after
JUMP = timedelta(days=45)  # more than a month: monthly backups are usual
FEWEST = 2  # gaps that are looked at: before and behind a bundle that was just made

Pause = tuple[Stem, timedelta]  # the last bundle before it, how long it was


def refuse_before(newest_first: Sequence[Stem], now: datetime) -> None:
    """Raises BackuptoolError when the newest bundle is to come."""
    if newest_first and newest_first[0].created > now + SLACK:
        raise BackuptoolError(
            f"nothing is removed: this host's clock says {now:%Y-%m-%d %H:%M} UTC, before {newest_first[0].bundle}",
            hint="set the clock; or delete that bundle by hand, if its time is the wrong one",
        )


def refuse_younger(newest: Stem, stored: datetime | None) -> None:
    """Raises BackuptoolError when `newest` is younger than what the store says of when it came there."""
    if stored and newest.created - stored > ABROAD:  # a file's time may be the last day of 9999
        raise BackuptoolError(
            f"nothing is removed: {newest.bundle} was stored on {stored:%Y-%m-%d}, by the store's clock",
            hint="is the clock right? then: backuptool prune --clock-is-right",
        )


def pauses(newest_first: Sequence[Stem], now: datetime, minimum: int) -> list[Pause]:
    """Where no bundle was made for much longer than is usual: somebody was away, or the clock jumped.

    Among the newest `minimum`, which no pruning made gaps between: one backup under a wrong clock is no reason to
    believe it, that many are.
    """
    looked_at = max(FEWEST, minimum)
    gaps = [later - earlier for later, earlier in pairwise([now, *(stem.created for stem in newest_first)])]
    usual = median(gap.total_seconds() for gap in gaps[looked_at:]) if gaps[looked_at:] else 0
    most = max(JUMP, timedelta(seconds=3 * usual))
    return [(stem, gap) for stem, gap in zip(newest_first, gaps[:looked_at], strict=False) if gap > most]


def refuse_pause(found: Sequence[Pause]) -> None:
    """Raises BackuptoolError when there is one that nobody confirmed."""
    if found:
        last, length = max(found, key=lambda pause: pause[1])
        raise BackuptoolError(
            f"nothing is removed: {length.days} days passed without a backup after {last.bundle}",
            hint="is the clock right? then once: backuptool prune --clock-is-right",
        )
