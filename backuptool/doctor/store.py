"""Whether a store answers, is who it should be, has room, takes a file, and holds what our keys open."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from functools import cached_property

from backuptool.amounts import number, size
from backuptool.bundle import Keys, Passphrase, Stem, authenticate_tail
from backuptool.bundle.names import host_word
from backuptool.config import Plan
from backuptool.config.stores import AnyStore, WebDavTable
from backuptool.copies import bundles, old_backups
from backuptool.doctor.check import Check, Doubt
from backuptool.errors import Locked, StoreError
from backuptool.lock import locked
from backuptool.passphrase import read_passphrase
from backuptool.recipients import read_identity
from backuptool.staging import staging
from backuptool.stores import Store, Stored
from backuptool.stores.names import probe_name
from backuptool.stores.webdav.address import Address

PATIENCE = 5.0  # s for a server that is away; somebody waits
OFF, FAR_OFF = timedelta(minutes=2), timedelta(hours=1)
WORDS = {"size": "its size is right", "server-hash": "proven by the server's sum", "download": "read back"}
PROBE = b"backuptool doctor put this here, and deletes it.\n"


class Shelf:
    """A store of a plan, and what was learnt about it so far."""

    def __init__(self, plan: Plan, table: AnyStore, database: int = 0) -> None:
        self.plan, self.table = plan, table
        self.database = database  # its size in bytes, where it is known

    @cached_property
    def store(self) -> Store:
        """Opened. Raises UsageError."""
        hurried = isinstance(self.table, WebDavTable)
        table = self.table.model_copy(update={"patience": PATIENCE}) if hurried else self.table
        return table.open()

    @cached_property
    def listed(self) -> list[Stored]:
        """All that is there. Raises StoreError."""
        return self.store.list()

    @property
    def newest(self) -> Stored | None:
        """The plan's newest bundle of this host: another's may be under other keys."""
        return self.own[-1] if self.own else None

    @cached_property
    def own(self) -> list[Stored]:
        """The plan's bundles of this host, oldest first. Raises StoreError."""
        host = host_word(self.plan.host)
        found = bundles(self.listed, self.plan.name)
        return [one for one in found if (stem := Stem.of_bundle(one.name)) and stem.host == host]


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
    return "the folder is there" + (f", with room for {size(shelf.database)}" if shelf.database else "")


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


def _trial(shelf: Shelf) -> str:
    """A file of a name that is only doctor's, under the plan's lock: what is there of that name was left by another."""
    name = probe_name(shelf.plan.name, host_word(shelf.plan.host))
    with _alone(shelf.plan), staging(shelf.plan.work_dir) as folder:
        if any(stored.name == name for stored in shelf.listed):
            shelf.store.delete(name)
        path = folder / "probe"
        path.write_bytes(PROBE)
        try:
            proof = shelf.store.put(path, name)
        except BaseException:
            with suppress(StoreError):  # it may be there, though the answer said otherwise
                shelf.store.delete(name)
            raise
        try:
            shelf.store.delete(name)
        except StoreError as error:
            raise StoreError(f"{error.message}; {name} stays there", hint=error.hint) from error
    return f"a small file was put, {WORDS[proof]}, renamed and deleted"


@contextmanager
def _alone(plan: Plan) -> Iterator[None]:
    try:
        with locked(plan.state_dir, plan.name):
            yield
    except Locked as error:
        raise Doubt(f"not tried: {error.message}", hint=error.hint) from error


def _opens(shelf: Shelf) -> str | None:
    newest, plan = shelf.newest, shelf.plan
    if newest is None:
        return None
    if plan.recipients and not (plan.identity_file or plan.signers):
        return f"{newest.name} is sealed for recipients, nothing here opens it"
    manifest = authenticate_tail(
        newest.name, newest.size, lambda start: shelf.store.open(newest.name, start), _keys(plan)
    )
    return f"{newest.name}, number {manifest.sequence}, is authentic by our keys"


def _keys(plan: Plan) -> Keys:
    own = (Passphrase(read_passphrase(plan.passphrase_file)),) if plan.passphrase_file else ()
    old = (Passphrase(read_passphrase(one.file), one.until) for one in plan.old_passphrase_files)
    return Keys((*own, *old), read_identity(plan.identity_file, None) if plan.identity_file else None, plan.signers)


STORE: tuple[Check[Shelf], ...] = (
    Check("settings", _settings),
    Check("scheme", _scheme),
    Check("listing", _listing, ("settings",)),
    Check("clock", _clock, ("listing",)),
    Check("room", _room, ("listing",)),
    Check("trial", _trial, ("room",)),
    Check("last bundle", _opens, ("listing",)),
)
