"""source ─► compress ─► encrypt ─► bundle ─► store: one pass over the data, read top to bottom."""

from __future__ import annotations

import logging
import time
from collections.abc import Generator, Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from backuptool.amounts import size
from backuptool.bundle import Bundle, Keys, Sealing, Stem, Writer, names
from backuptool.chain import chain
from backuptool.compression import compress
from backuptool.config import Plan
from backuptool.contents import Contents, Scan
from backuptool.copies import Failure, Stores, named
from backuptool.encryption import SOP
from backuptool.errors import SourceError, StoreError, VerificationError
from backuptool.ledger import Entry, Ledger
from backuptool.passphrase import read_passphrase
from backuptool.preflight import preflight
from backuptool.progress import watched
from backuptool.recipients import new_passphrase, read_recipients
from backuptool.signature import sign
from backuptool.sources import Source
from backuptool.staging import staging, writing
from backuptool.stores import Proof
from backuptool.unstored import Unstored, unstored

log = logging.getLogger(__name__)
# One guess is one sha256: 10^10 a second on one graphics card, so that 12 random letters (10^17) fall within months.
# 20 of them (10^28) do not, whoever guesses; `openssl rand -base64 33` has 44.
SHORT = 20  # bytes


@dataclass(frozen=True, slots=True)
class Made:
    """A new backup: its name, its size in bytes, the stores where it was published and how it was proven there before,
    those that failed."""

    name: str
    size: int
    stores: dict[str, Proof]
    failed: tuple[Failure, ...] = ()


def backup(plan: Plan, now: datetime) -> Made:
    """Make a backup of `plan` and publish it in every store. Raises BackuptoolError when no store has it."""
    ends = time.monotonic() + plan.time_limit
    sealing = _sealing(plan)
    source, stores, ledger = plan.open_source(), plan.open_stores(), Ledger(plan.state_dir)
    with staging(plan.work_dir) as folder:
        with closing(unstored(plan.work_dir, plan.name)) as lefts:
            for left, path in lefts:
                _store_left(left, path, stores, ledger, ends)
        last = ledger.last(plan.name)
        stem = _name(plan, now, last)
        source.prepare()
        stores, shelves = preflight(stores, plan.name, stem.bundle, folder)
        place = chain(plan, last, shelves)
        writer = Writer(folder, stem, sealing, md5=plan.md5)
        log.info("dumping")
        with writing(folder), writer as bundle:
            _write(bundle, source, roles=plan.roles)
            bundle.finish(place)
        new = _read_back(bundle.path, plan.name, Keys.of(sealing.passphrase))
        log.info("made %s, %s", new.name, size(new.size))
        new.keep(folder)
        stored, failed = _publish(new, bundle.path, stores, ledger, ends)
        if not stored:
            raise named(*failed[0])
        return Made(new.name, new.size, stored, failed)


def _name(plan: Plan, now: datetime, last: Entry | None) -> Stem:
    """The new backup's. A small database is backed up in less than a second, and a name is a second's."""
    stem = Stem.now(plan.name, plan.host, now)
    if last is None or last.bundle != stem.bundle:
        return stem
    time.sleep(1)
    return Stem.now(plan.name, plan.host, now + timedelta(seconds=1))


def _read_back(path: Path, plan: str, keys: Keys) -> Unstored:
    """The bundle read as a restore would, before anybody relies on it."""
    try:
        with Bundle.open(path) as bundle:
            sequence = bundle.authenticate(keys).sequence
            return Unstored(plan, bundle.stem.bundle, path.stat().st_size, sequence, bundle.sums_digest, bundle.proof)
    except VerificationError as error:
        raise VerificationError(
            f"the new bundle is not what was written: {error.message}",
            hint="nothing was stored; a disk or memory is bad: look into this host's log",
        ) from error


def _store_left(left: Unstored, path: Path, stores: Stores, ledger: Ledger, ends: float) -> None:
    """Store what a killed run had made, where it is not; the new backup is made in any case."""
    log.warning("storing %s, which a killed run had made", left.name)
    for label, store in stores:
        try:
            there = any(stored.name == left.name for stored in store.list())
        except StoreError as error:
            log.error("%s", named(label, error).message)
        else:
            if not there:
                until = time.monotonic() + _share(ends, 1 + len(stores))
                for _, failure in _publish(left, path, [(label, store)], ledger, until)[1]:
                    log.error("%s", named(label, failure).message)


def _sealing(plan: Plan) -> Sealing:
    """What the bundle is made under; a signing key that does not sign is found before the dump."""
    recipients = read_recipients(plan.recipients)
    passphrase = read_passphrase(plan.passphrase_file) if plan.passphrase_file else new_passphrase()
    if plan.kdf is SOP and len(passphrase.reveal()) < SHORT:
        log.warning(
            'the passphrase is short for kdf = "sop", where one guess costs one hash: take %d bytes or more', SHORT
        )
    if plan.signing_key is not None:
        sign(b"", plan.signing_key)
    return Sealing(passphrase, plan.kdf, recipients, plan.signing_key)


def _write(bundle: Writer, source: Source, *, roles: bool) -> None:
    """All that is encrypted, in order."""
    scan, database, globals_ = Scan(), Size(), Size()
    bundle.add(names.SQL, _read(watched(source.dump(scan), "dumping")))
    bundle.add(names.DATABASE, compress(database.of(_read(source.database()))))
    if roles:
        bundle.add(names.GLOBALS, compress(globals_.of(_read(source.roles()))))
    with _reading():
        facts = scan.needed.among(source.facts())
    plain = {"sql": scan.size, "database": database.size} | ({"globals": globals_.size} if roles else {})
    contents = Contents.model_validate({"server": facts, "dump": scan.result(), "plain": plain})
    bundle.add(names.CONTENTS, compress([contents.encode()]))


def _read(chunks: Iterable[bytes]) -> Generator[bytes, None, None]:
    with _reading():
        yield from chunks


@contextmanager
def _reading() -> Iterator[None]:
    """What this host refuses to the source, a process for instance, is no fault of the disk that is written to."""
    try:
        yield
    except OSError as error:
        raise SourceError(
            f"the database cannot be read: {error.strerror or error}", hint="look into this host's log"
        ) from error


class Size:
    """How many bytes have passed."""

    size = 0

    def of(self, chunks: Iterable[bytes]) -> Iterator[bytes]:
        """The same chunks, counted."""
        for chunk in chunks:
            self.size += len(chunk)
            yield chunk


def _publish(
    bundle: Unstored, path: Path, stores: Stores, ledger: Ledger, ends: float
) -> tuple[dict[str, Proof], tuple[Failure, ...]]:
    """The stores that have the bundle now, with the proof; and what went wrong at the others, which is logged at once
    where there are several."""
    done: dict[str, Proof] = {}
    failed: list[Failure] = []
    for before, (label, store) in enumerate(stores):
        try:
            done[label] = store.put(path, bundle.name, _share(ends, len(stores) - before))
        except StoreError as error:
            if len(stores) > 1:
                log.error("%s", named(label, error).message)
            failed.append((label, error))
        else:
            ledger.add(_entry(bundle, label, done[label]))
            log.info("stored in %s, %s", label, in_words(done[label]))
    return done, tuple(failed)


def _share(ends: float, count: int) -> float:
    """Seconds that one of so many may take, where the run is ended at `ends`: a slow store costs its own copy only.

    A tenth stays for what comes after it, of which the run's own end would leave nothing: retention, and the hooks.
    """
    return round(max(0.0, ends - time.monotonic()) * 0.9 / count, 1)


def _entry(bundle: Unstored, label: str, proof: Proof) -> Entry:
    at = datetime.now(UTC).isoformat(timespec="seconds")
    return Entry(at, bundle.plan, bundle.name, "stored", label, proof, bundle.size, bundle.sequence, bundle.sums)


def in_words(proof: Proof) -> str:
    """What a person is told about how a stored file was proven."""
    return "size only" if proof == "size" else "verified"
