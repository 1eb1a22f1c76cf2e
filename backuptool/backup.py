"""source ─► compress ─► encrypt ─► bundle ─► store: one pass over the data, read top to bottom."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from backuptool.bundle import Bundle, Stem, Writer, names
from backuptool.compression import compress
from backuptool.config import Plan
from backuptool.errors import BackuptoolError, PartlyDone, StoreError
from backuptool.ledger import Entry, Ledger
from backuptool.passphrase import read_passphrase
from backuptool.staging import staging, writing
from backuptool.stores import Store

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Made:
    """A new backup: its name, its size in bytes, the stores where it was verified and published."""

    name: str
    size: int
    stores: tuple[str, ...]


def backup(plan: Plan, now: datetime) -> Made:
    """Make a backup of `plan` and publish it in every store.

    Raises BackuptoolError: before the first upload nothing is stored; PartlyDone when only some stores have it.
    """
    passphrase = read_passphrase(plan.passphrase_file)
    source, stores, ledger = plan.open_source(), plan.open_stores(), Ledger(plan.state_dir)
    stem = Stem.now(plan.name, plan.host, now)
    last = ledger.last(plan.name)
    with staging(plan.work_dir) as folder:
        source.prepare()
        for _, store in stores:
            store.list()  # a store that cannot be reached is found before the dump, not after it

        log.info("dumping")
        with writing(folder), Writer(folder, stem, passphrase, plan.kdf) as bundle:
            md5 = bundle.add(names.SQL, source.dump())
            bundle.add(names.DATABASE, compress(source.database()))
            if plan.roles:
                bundle.add(names.GLOBALS, compress(source.roles()))
            bundle.finish(md5 if plan.md5 else "", last.sequence + 1 if last else 1, last.sums if last else None)
        with Bundle.open(bundle.path) as made:  # read as a restore would, before anybody relies on it
            manifest = made.authenticate([passphrase])

        log.info("dumped %s, %d bytes", bundle.path.name, bundle.path.stat().st_size)
        stored, errors = _publish(bundle.path, stores)
        size = bundle.path.stat().st_size
        if stored:
            ledger.add(Entry(stem.bundle, plan.name, manifest.sequence, made.sums_digest, size, stored))
        if errors:
            raise _summed_up(stem, stored, errors)
        return Made(stem.bundle, size, stored)


def _publish(path: Path, stores: list[tuple[str, Store]]) -> tuple[tuple[str, ...], list[StoreError]]:
    """The stores that have the bundle now, and what went wrong at the others."""
    done: list[str] = []
    errors: list[StoreError] = []
    for label, store in stores:
        try:
            store.put(path, path.name)
        except StoreError as error:
            log.error("%s: %s", label, error.message)
            errors.append(error)
        else:
            log.info("stored and verified in %s", label)
            done.append(label)
    return tuple(done), errors


def _summed_up(stem: Stem, stored: tuple[str, ...], errors: list[StoreError]) -> BackuptoolError:
    first = errors[0]
    if not stored:
        return first
    return PartlyDone(f"{stem.bundle} is in {', '.join(stored)} only: {first.message}", hint=first.hint)
