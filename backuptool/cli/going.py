"""What prune would remove from a store, or why it would not: by names and the ledger, for `list` has no keys."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from backuptool.bundle import Keys, Stem
from backuptool.clock import pauses, refuse_before, refuse_younger
from backuptool.config import Plan
from backuptool.copies import Shelf, bundles
from backuptool.errors import BackuptoolError
from backuptool.evidence import Evidence, proof
from backuptool.ledger import Ledger
from backuptool.prune import refuse_incomplete, refuse_unconfirmed
from backuptool.retention import Decision, Policy, decide


@dataclass(frozen=True, slots=True)
class Going:
    """Bundles by name, `now` or after the `next` backup; what prune says where it would remove none even then."""

    when: dict[str, str]
    refused: BackuptoolError | None = None


def going(plan: Plan, shelf: Shelf) -> Going:
    """What goes from this shelf."""
    return _of(plan, plan.keep, shelf) if plan.keep else Going({})


def _of(plan: Plan, policy: Policy, shelf: Shelf) -> Going:
    now, evidence = (
        datetime.now(UTC),
        Evidence(Ledger(plan.state_dir), plan.name, shelf, proof(Keys(), recipients=True)),
    )
    coming = Stem.now(plan.name, plan.host, now + timedelta(days=1))
    own = {
        stem: evidence.knows(one) for one in bundles(shelf.listed, plan.name) if (stem := _of_host(one.name, coming))
    }
    # Prune counts what proves itself; after the first one the ledger knows all of those.
    counted = sorted((stem for stem, known in own.items() if known or not any(own.values())), reverse=True)
    made_last = evidence.made_last(counted, policy.minimum)

    def refuse(stems: Iterable[Stem], at: datetime) -> None:
        _refuse_clock(evidence, shelf, sorted(stems, reverse=True), at, policy.minimum)

    def at_once() -> None:
        refuse_incomplete(evidence, shelf)
        refuse(counted, now)

    after = decide([*counted, coming], policy, coming.created, [coming, *made_last][: policy.minimum])
    later, not_later = _unless(lambda: refuse([coming, *counted], coming.created), after)
    soon, not_soon = _unless(at_once, decide(counted, policy, now, made_last))
    return Going(dict.fromkeys(later, "next") | dict.fromkeys(soon, "now"), not_later and (not_soon or not_later))


def _of_host(name: str, coming: Stem) -> Stem | None:
    stem = Stem.of_bundle(name)
    return stem if stem and stem.host == coming.host else None


def _refuse_clock(evidence: Evidence, shelf: Shelf, newest_first: list[Stem], now: datetime, minimum: int) -> None:
    """As prune before it removes any. Raises BackuptoolError."""
    refuse_before(newest_first, now)
    stored = {one.name: one.modified for one in shelf.listed}
    refuse_younger(newest_first[0], stored.get(newest_first[0].bundle))
    refuse_unconfirmed(evidence, pauses(newest_first, now, minimum))


def _unless(refuse: Callable[[], None], decided: Iterable[Decision]) -> tuple[list[str], BackuptoolError | None]:
    """The bundles that are not kept; none, and why, where prune refuses to remove any."""
    names = [one.stem.bundle for one in decided if not one.kept]
    try:
        if names:
            refuse()
    except BackuptoolError as error:
        return [], error
    return names, None
