"""Which stores of a plan have a backup. A store that does not answer costs its copy, never those of the others."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from backuptool.bundle import Stem
from backuptool.bundle.names import host_word
from backuptool.errors import BackuptoolError, StoreError
from backuptool.past import created
from backuptool.stores import Store, Stored

log = logging.getLogger(__name__)
Stores = list[tuple[str, Store]]  # each with what messages call it
Failure = tuple[str, StoreError]
E = TypeVar("E", bound=BackuptoolError)


@dataclass(frozen=True, slots=True)
class Shelf:
    """A store that answered, and all that it lists."""

    label: str
    store: Store
    listed: list[Stored]


@dataclass(frozen=True, slots=True)
class Copy:
    """A backup in one store."""

    label: str
    store: Store
    stored: Stored


@dataclass(frozen=True, slots=True)
class Found:
    """A backup: its copies, in the order of the stores; the stores that lack it; those that did not answer."""

    name: str
    copies: list[Copy]
    lacking: list[str]
    failed: list[Failure]

    @property
    def only_store(self) -> bool:
        """Whether the plan has one store: then no other need be spoken of."""
        return len(self.copies) + len(self.lacking) + len(self.failed) == 1


def named(label: str, error: E) -> E:
    """The error, or one like it that says in which store it was, or of which backup: a line has a label once."""
    if re.search(rf"(?<!\w){re.escape(label)}(?!\w)", error.message):
        return error
    new = type(error).__new__(type(error), f"{label}: {error.message}")
    vars(new).update(vars(error), message=str(new))
    return new


def look(stores: Stores) -> tuple[list[Shelf], list[Failure]]:
    """What is in each store that answers; what went wrong at the others, which is logged.

    Raises StoreError when none does: that of the first.
    """
    shelves: list[Shelf] = []
    failed: list[Failure] = []
    for label, store in stores:
        try:
            shelves.append(Shelf(label, store, store.list()))
        except StoreError as error:
            failed.append((label, error))
    for label, failure in failed if shelves else failed[1:]:
        log.error("%s", named(label, failure).message)
    if not shelves:
        raise failed[0][1]
    return shelves, failed


def find(stores: Stores, plan: str, host: str, name: str, before: datetime | None = None) -> Found:
    """The backup that a person calls `name`: latest, with .tar or without. Raises BackuptoolError when no store has it.

    The latest is the newest bundle of all stores together (made `before` then) that `host` made; where none did, for
    this is another machine now, of all hosts, which is said. An old backup is taken only by its name.
    """
    return next(candidates(stores, plan, host, name, before))


def candidates(stores: Stores, plan: str, host: str, name: str, before: datetime | None = None) -> Iterator[Found]:
    """The same, and when the latest is wanted, those before it one after the other. Raises as `find`."""
    shelves, failed = look(stores)
    there = [stored for shelf in shelves for stored in shelf.listed]
    file = f"{name.removesuffix('.tar')}.tar"
    known = [stored.name for stored in (old_backups(there) if created(file) else bundles(there, plan))]
    if name == "latest":
        known = _of_host(known, host)
        wanted = list(dict.fromkeys(one for one in reversed(known) if before is None or made(one) < before))
    else:
        wanted = [file] if file in known else []
    if not wanted:
        raise failed[0][1] if failed else _not_there(plan, name, before, any_at_all=bool(known))
    if name == "latest":
        for label, _ in failed:
            log.warning("%s may have a newer backup than %s", label, wanted[0])
    for one in wanted:
        yield _found(one, shelves, failed)


def _of_host(known: list[str], host: str) -> list[str]:
    """Several hosts may have a plan of one name in one place."""
    own = [one for one in known if is_of(one, host)]
    if own or not known:
        return own
    log.warning("NO BACKUP IS OF THIS HOST, %s: the newest of any host is meant", host_word(host))
    return known


def is_of(name: str, host: str) -> bool:
    """Whether `host` made the bundle of this name."""
    stem = Stem.of_bundle(name)
    return stem is not None and stem.host == host_word(host)


def _found(name: str, shelves: list[Shelf], failed: list[Failure]) -> Found:
    copies = [
        Copy(shelf.label, shelf.store, stored) for shelf in shelves for stored in shelf.listed if stored.name == name
    ]
    having = {copy.label for copy in copies}
    return Found(name, copies, [shelf.label for shelf in shelves if shelf.label not in having], failed)


def made(name: str) -> datetime:
    """When a bundle was made, by its name."""
    stem = Stem.of_bundle(name)
    assert stem is not None  # noqa: S101 - only bundles are asked for
    return stem.created


def bundles(listed: list[Stored], plan: str) -> list[Stored]:
    """The bundles of a plan, oldest first, by the time in their names."""
    found = [(stem, stored) for stored in listed if (stem := Stem.of_bundle(stored.name)) and stem.plan == plan]
    return [stored for _, stored in sorted(found, key=lambda pair: (pair[0].created, pair[0]))]


def of_host(listed: list[Stored], plan: str, host: str) -> list[Stored]:
    """Those of them that `host` made."""
    return [stored for stored in bundles(listed, plan) if is_of(stored.name, host)]


def old_backups(listed: list[Stored]) -> list[Stored]:
    """What the old procedure left, of whatever plan, oldest first: in the names of its tars the time sorts as text."""
    return sorted((stored for stored in listed if created(stored.name)), key=lambda stored: stored.name)


def _not_there(plan: str, name: str, before: datetime | None, *, any_at_all: bool) -> BackuptoolError:
    if not any_at_all:
        return BackuptoolError(f"there is no backup of {plan} in the store", hint="backuptool backup makes one")
    called = f"of before {before.isoformat(sep=' ', timespec='seconds')}" if before else name
    return BackuptoolError(f"there is no backup {called} in the store", hint=f"backuptool list {plan}")
