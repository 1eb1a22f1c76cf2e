"""Whether a new backup will find its place, asked before the dump is made: nobody's night is spent for nothing."""

from __future__ import annotations

import logging
import shutil
from pathlib import Path

from backuptool.bundle import Stem
from backuptool.copies import Failure, Shelf, Stores, bundles, look, named
from backuptool.errors import BackuptoolError, StoreError

log = logging.getLogger(__name__)


def preflight(stores: Stores, plan: str, name: str, folder: Path) -> tuple[Stores, list[Shelf]]:
    """The stores in the order to try them: those that are ready for the backup `name`, then the others; what those
    hold that answered.

    `folder`: where it is made. For who holds the plan's lock: what earlier runs left of their uploads is removed before
    room is asked for, else it would keep from beginning what alone removes it. Expects a backup to be as big as the one
    before. Raises BackuptoolError when there is no room for it here, StoreError when no store is ready.
    """
    shelves, failed = look(stores)
    for shelf in shelves:
        _clear(shelf, name)
    _tell_of_newer(shelves, name)
    size = max((_newest(shelf, plan) for shelf in shelves), default=0)
    _check_room(folder, size)
    failed += [failure for shelf in shelves if (failure := _check(shelf, name, size, folder, alone=len(stores) == 1))]
    if len(failed) == len(stores):
        raise named(*failed[0])
    # Who was away or full may not be so after the dump; nobody waits for them until then.
    late = {label for label, _ in failed}
    return sorted(stores, key=lambda one: one[0] in late), shelves


def _tell_of_newer(shelves: list[Shelf], name: str) -> None:
    """Of what a wrong clock has named, this one or that of another night: a restore takes the newest by its name."""
    stem = Stem.of_bundle(name)
    listed = {Stem.of_bundle(stored.name) for shelf in shelves for stored in shelf.listed}
    newer = [one for one in listed if one and stem and (one.plan, one.host) == (stem.plan, stem.host) and one > stem]
    if newer:
        text = "by this host's clock %s is still to come: until it is deleted it is the latest, and not the new one"
        log.warning(text, max(newer).bundle)


def _newest(shelf: Shelf, plan: str) -> int:
    of_plan = bundles(shelf.listed, plan)
    return of_plan[-1].size if of_plan else 0


def _check_room(folder: Path, size: int) -> None:
    free = shutil.disk_usage(folder).free
    if free < size:
        raise BackuptoolError(
            f"{folder.parent} has {free} bytes free, the last backup took {size}",
            hint="make room there, or set work_dir",
        )


def _clear(shelf: Shelf, name: str) -> None:
    try:
        shelf.store.clear(name)
    except StoreError as failure:
        log.warning("%s", named(shelf.label, failure).message)


def _check(shelf: Shelf, name: str, size: int, folder: Path, *, alone: bool) -> Failure | None:
    """What is wrong, which is logged; of the only store it is the error at the end."""
    try:
        shelf.store.check(name, size, folder)
    except StoreError as failure:
        if not alone:
            log.error("%s", named(shelf.label, failure).message)
        return shelf.label, failure
    return None
