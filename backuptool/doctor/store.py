"""Whether a store answers, is who it should be, has room, takes a file, and holds what we made and our keys open."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from backuptool.amounts import number, size
from backuptool.bundle import Stem, authenticate_tail
from backuptool.config.stores import WebDavTable
from backuptool.copies import bundles, named, old_backups
from backuptool.doctor.check import Check, Doubt
from backuptool.doctor.shelf import Shelf
from backuptool.doctor.trial import trial
from backuptool.errors import BackuptoolError, StoreError
from backuptool.ledger import Ledger
from backuptool.stores.webdav.address import Address

OFF, FAR_OFF = timedelta(minutes=2), timedelta(hours=1)


def _settings(shelf: Shelf) -> str:
    shelf.store  # noqa: B018 - its credentials and certificates are read when it is opened
    return "understood, and what they name can be read"


def _scheme(shelf: Shelf) -> str | None:
    if not isinstance(shelf.table, WebDavTable):
        return None
    address = Address.parse(shelf.table.url)
    if address.is_tls:
        return "https"
    if address.is_loopback:
        return "http, to this host itself"
    raise Doubt("http: who is on the way sees names and sizes, and can delete", hint="use an https address")


def _listing(shelf: Shelf) -> str:
    ours, old, newest = shelf.own, old_backups(shelf.listed), shelf.newest
    words = [
        f"{number(len(ours), 'bundle')}, the newest {newest.name}, {size(newest.size)}" if newest else "no bundle yet"
    ]
    if others := len(bundles(shelf.listed, shelf.plan.name)) - len(ours):
        words.append(f"{others} of other hosts")
    if old:
        words.append(f"{len(old)} of the old procedure's, the newest {old[-1].name}")
    return "; ".join(words)


def _ledger(shelf: Shelf) -> None:
    """Where it was lost: the plan's own state_dir cannot tell that from a plan that has no backup yet."""
    ledger = Ledger(shelf.plan.state_dir)
    if shelf.own and not ledger.last(shelf.plan.name):
        there = f"{number(len(shelf.own), 'bundle')} of this host {'is' if len(shelf.own) == 1 else 'are'} there"
        anew = "the next backup begins it anew and follows the newest of them"
        raise Doubt(
            f"{ledger.path} knows of no backup, and {there}", hint=f"put it back if a copy is left; else {anew}"
        )


def _room(shelf: Shelf) -> str:
    needed = shelf.newest.size if shelf.newest else 0
    _takes(shelf, needed)
    if needed:
        return f"for one more of {size(needed)}"
    try:
        _takes(shelf, shelf.database)
    except StoreError as error:
        said = (
            f"whether the first backup of {size(shelf.database)} of database fits is not known before it is compressed"
        )
        raise Doubt(f"{said}: {error.message}", hint=error.hint) from error
    return f"for all {size(shelf.database)} of the database" if shelf.database else "the folder is there"


def _takes(shelf: Shelf, bytes_: int) -> None:
    made_in = shelf.plan.work_dir if shelf.plan.work_dir.is_dir() else None
    shelf.store.check(Stem.now(shelf.plan.name, shelf.plan.host, datetime.now(UTC)).bundle, bytes_, made_in)


def _clock(shelf: Shelf) -> str | None:
    before = datetime.now(UTC)
    theirs = shelf.store.now()
    if theirs is None:
        return None
    off = abs(theirs - (before + (datetime.now(UTC) - before) / 2))
    said = f"the server's clock and this host's are {off.total_seconds():.0f} s apart"
    if off > FAR_OFF:
        raise StoreError(said, hint="set this host's clock (timedatectl): backups are named and kept by it")
    if off > OFF:
        raise Doubt(said, hint="set the wrong one (timedatectl, chrony): backups are named and kept by this host's")
    return said


def _opens(shelf: Shelf) -> str | None:
    newest, plan = shelf.newest, shelf.plan
    if newest is None:
        return None
    if plan.recipients and not (plan.identity_file or plan.signers):
        return f"{newest.name} is sealed for recipients, nothing here opens it"
    try:
        manifest = authenticate_tail(
            newest.name, newest.size, lambda start: shelf.store.open(newest.name, start), plan.open_keys()
        )
    except BackuptoolError as error:
        raise named(newest.name, error) from error
    return f"{newest.name}, number {manifest.sequence}, is authentic by our keys"


STORE: tuple[Check[Shelf], ...] = (
    Check("settings", _settings),
    Check("scheme", _scheme),
    Check("listing", _listing, ("settings",)),
    Check("ledger", _ledger, ("listing",)),
    Check("clock", _clock, ("listing",)),
    Check("room", _room, ("listing",)),
    Check("trial", trial, ("room",)),
    Check("last bundle", _opens, ("listing",)),
)
