"""A new backup's place among its plan's: its number, and which one it follows.

The ledger knows that. Where it was lost, or this host is a new one, what the stores hold tells it as well: check warns
of a number that comes twice, and of a count that goes back.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence

from backuptool.bundle import Chain, Keys, open_tail
from backuptool.config import Plan
from backuptool.copies import Shelf, made, of_host
from backuptool.errors import BackuptoolError, VerificationError
from backuptool.ledger import MOST, Entry
from backuptool.stores import Stored

log = logging.getLogger(__name__)


def chain(plan: Plan, last: Entry | None, shelves: Sequence[Shelf]) -> Chain:
    """After `last`, which the ledger has as the newest; without one after the newest of this host on the shelves, of
    which one small part is read for it. What cannot be read or believed is said, and not followed."""
    if last:
        return Chain(last.sequence + 1, last.sums or None)
    for shelf, newest in _newest(plan, shelves):
        try:
            found = _after(shelf, newest, plan.open_keys())
        except BackuptoolError as error:
            text = "%s: %s does not tell which number comes next: %s"
            log.warning(text, shelf.label, newest.name, error.message)
        else:
            text = "the ledger knows of no backup of %s; number %d follows %s in %s"
            log.warning(text, plan.name, found.sequence, newest.name, shelf.label)
            return found
    return Chain()


def _newest(plan: Plan, shelves: Sequence[Shelf]) -> list[tuple[Shelf, Stored]]:
    """Each shelf's newest of this host, the newest of all first."""
    newest = [(shelf, own[-1]) for shelf in shelves if (own := of_host(shelf.listed, plan.name, plan.host))]
    return sorted(newest, key=lambda pair: made(pair[1].name), reverse=True)


def _after(shelf: Shelf, newest: Stored, keys: Keys) -> Chain:
    """Raises VerificationError, StoreError."""
    with open_tail(newest.name, newest.size, lambda start: shelf.store.open(newest.name, start)) as bundle:
        number = bundle.authenticate_end(keys).sequence
        if number > MOST:
            raise VerificationError(f"{number} is a number that no backup has")
        return Chain(number + 1, bundle.sums_digest)
