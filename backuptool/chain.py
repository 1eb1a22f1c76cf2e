"""A new backup's place among its plan's: its number, and which one it follows.

The ledger knows that. Where it was lost, is an old copy or could not be written, what the stores hold tells it as well:
check warns of a number that comes twice, and of a count that goes back.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence

from backuptool.bundle import Chain, Keys, Stem, open_tail
from backuptool.config import Plan
from backuptool.copies import Shelf, made, of_host
from backuptool.errors import BackuptoolError, VerificationError
from backuptool.ledger import MOST, Entry
from backuptool.stores import Stored

log = logging.getLogger(__name__)


def chain(plan: Plan, last: Entry | None, shelves: Sequence[Shelf]) -> Chain:
    """After `last`, which the ledger has as the newest; where the shelves hold a newer one of this host, after that: a
    small part of it is read to learn its number. What cannot be read or believed is said, and not followed."""
    known = Chain(last.sequence + 1, last.sums or None) if last else Chain()
    for shelf, newest in _newer(plan, last, shelves):
        try:
            found = _after(shelf, newest, plan.open_keys())
        except BackuptoolError as error:
            text = "%s: %s does not tell which number comes next: %s"
            log.warning(text, shelf.label, newest.name, error.message)
        else:
            if found.sequence <= known.sequence:  # a clock was wrong: it is newer by its name alone
                return known
            text = "%s in %s is not in the ledger: the new backup follows it, as number %d"
            log.warning(text, newest.name, shelf.label, found.sequence)
            return found
    return known


def _newer(plan: Plan, last: Entry | None, shelves: Sequence[Shelf]) -> list[tuple[Shelf, Stored]]:
    """Each shelf's newest of this host, where that is newer than `last`; the newest of all first."""
    known = Stem.of_bundle(last.bundle) if last else None
    newest = [(shelf, own[-1]) for shelf in shelves if (own := of_host(shelf.listed, plan.name, plan.host))]
    newer = [pair for pair in newest if known is None or made(pair[1].name) > known.created]
    return sorted(newer, key=lambda pair: made(pair[1].name), reverse=True)


def _after(shelf: Shelf, newest: Stored, keys: Keys) -> Chain:
    """Raises VerificationError, StoreError."""
    with open_tail(newest.name, newest.size, lambda start: shelf.store.open(newest.name, start)) as bundle:
        number = bundle.authenticate_end(keys).sequence
        if number > MOST:
            raise VerificationError(f"{number} is a number that no backup has")
        return Chain(number + 1, bundle.sums_digest)
