"""Which backup a new one follows, where the ledger was lost or is an old one, or the host is new."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from backuptool.backup import backup
from backuptool.bundle import Bundle, Chain, Keys, Sealing, Stem, names
from backuptool.check import Check
from backuptool.config.plan import OldPassphrase
from backuptool.copies import Shelf
from backuptool.encryption import SOP
from backuptool.errors import StoreError
from backuptool.ledger import MOST, Entry, Ledger
from backuptool.secret import Secret
from tests.bundle.sample import KeyRing, make
from tests.stores.memory import MemoryStore
from tests.test_backup import NOW, PlanOfBytes, planned

LAST = Stem.now("broker", "db1", NOW - timedelta(days=1))
BEFORE = Stem.now("broker", "db1", NOW - timedelta(days=2))
OURS, EARLIER = Secret(b"correct horse battery staple"), Secret(b"another horse")


class Unreadable(MemoryStore):
    """Lists what it has, and hands out nothing."""

    def open(self, name: str, start: int = 0) -> Iterator[bytes]:
        """Raises StoreError."""
        raise StoreError(f"reading {name}: it answers 500")


class Counting(MemoryStore):
    """Counts what it is asked."""

    def __init__(self) -> None:
        super().__init__()
        self.opened: list[tuple[str, int]] = []

    def open(self, name: str, start: int = 0) -> Iterator[bytes]:
        """Counted."""
        self.opened.append((name, start))
        return super().open(name, start)


def held(folder: Path, stem: Stem, number: int = 3, passphrase: Secret = OURS) -> Path:
    return make(folder, Sealing(passphrase, SOP), stem, chain=Chain(number))


def holding(store: MemoryStore, *bundles: Path) -> MemoryStore:
    store.files |= {path.name: path.read_bytes() for path in bundles}
    return store


def lost(folder: Path, *stores: MemoryStore, keys: Path | None = None) -> PlanOfBytes:
    """A plan whose ledger knows nothing of what is in `stores`."""
    plan = planned(folder, OURS.reveal().decode(), keys=keys)
    plan.host, plan.stores = "db1", [(f"store {number}", store) for number, store in enumerate(stores, start=1)]
    return plan


def next_of(folder: Path, plan: PlanOfBytes, keys: Keys | None = None) -> tuple[int, str | None]:
    """The number of a new backup, and the sum of the one that it follows."""
    name = backup(plan, NOW).name
    path = folder / name
    path.write_bytes(next(store.files[name] for _, store in plan.stores or [] if isinstance(store, MemoryStore)))
    with Bundle.open(path) as bundle:
        manifest = bundle.authenticate(keys or Keys.of(OURS))
        return manifest.sequence, manifest.previous


def sums_of(path: Path) -> str:
    with Bundle.open(path) as bundle:
        return hashlib.sha256(bundle.public(names.SUMS)).hexdigest()


def test_where_the_ledger_was_lost_it_is_the_newest_in_the_stores(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Of this plan and this host; and check has nothing to say of it."""
    before = held(tmp_path / "a", BEFORE, 7)
    last = held(tmp_path / "b", LAST, 8)
    others = [held(tmp_path / one, Stem.now(one, host, NOW), 90) for one, host in (("broker", "db2"), ("other", "db1"))]
    near, far = holding(MemoryStore(), before, *others), holding(MemoryStore(), before, last)
    plan = lost(tmp_path, near, far)
    assert next_of(tmp_path, plan) == (9, sums_of(last))
    assert caplog.messages == [f"{last.name} in store 2 is not in the ledger: the new backup follows it, as number 9"]
    done = Check(plan, Shelf("store 2", far, far.list()), Keys.of(OURS), NOW).run()
    assert (done.count, done.findings) == (3, ())


def test_the_stores_are_asked_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """For the newest alone; from the next night on the ledger knows it."""
    store = Counting()
    holding(store, *(held(tmp_path / stem.bundle, stem) for stem in (BEFORE, LAST)))
    plan = lost(tmp_path, store)
    backup(plan, NOW)
    assert [name for name, _ in store.opened] == [LAST.bundle]
    caplog.clear()
    backup(plan, NOW + timedelta(days=1))
    assert len(store.opened) == 1
    assert [entry.sequence for entry in Ledger(plan.state_dir).of("broker")] == [4, 5]
    assert caplog.messages == []


def remember(plan: PlanOfBytes, stem: Stem, number: int) -> None:
    at = NOW.isoformat()
    Ledger(plan.state_dir).add(Entry(at, "broker", stem.bundle, "stored", "store 1", "download", 1, number, "ab" * 32))


def test_where_the_ledger_ends_before_it_it_is_the_newest_too(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """It was put back from an old copy, or could not be written last night."""
    before, last = held(tmp_path / "a", BEFORE, 3), held(tmp_path / "b", LAST, 4)
    plan = lost(tmp_path, holding(MemoryStore(), before, last))
    remember(plan, BEFORE, 3)
    assert next_of(tmp_path, plan) == (5, sums_of(last))
    said = f"{last.name} in store 1 is not in the ledger: the new backup follows it, as number 5"
    assert caplog.messages == [said]


@pytest.mark.parametrize("number", [2, 3])
def test_one_that_is_newer_by_its_name_alone_is_not_followed(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, number: int
) -> None:
    """A clock was wrong when it was made, or when the last one was."""
    plan = lost(tmp_path, holding(MemoryStore(), held(tmp_path / "b", LAST, number)))
    remember(plan, BEFORE, 3)
    assert next_of(tmp_path, plan) == (4, "ab" * 32)
    assert caplog.messages == []


def test_the_first_of_a_plan_follows_none_and_that_is_no_news(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    assert next_of(tmp_path, lost(tmp_path, MemoryStore())) == (1, None)
    assert caplog.messages == []


def test_what_a_store_does_not_hand_out_another_does(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    last = held(tmp_path / "b", LAST)
    plan = lost(tmp_path, holding(Unreadable(), last), holding(MemoryStore(), last))
    assert next_of(tmp_path, plan) == (4, sums_of(last))
    assert caplog.messages == [
        f"store 1: {last.name} does not tell which number comes next: reading {last.name}: it answers 500",
        f"{last.name} in store 2 is not in the ledger: the new backup follows it, as number 4",
    ]


@pytest.mark.parametrize(
    ("passphrase", "number", "why"),
    [
        (EARLIER, 3, "this passphrase does not open the bundle"),
        (OURS, MOST + 1, f"{MOST + 1} is a number that no backup has"),
    ],
)
def test_what_is_not_believed_is_not_followed_and_the_backup_is_made(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, passphrase: Secret, number: int, why: str
) -> None:
    last = held(tmp_path / "b", LAST, number, passphrase=passphrase)
    assert next_of(tmp_path, lost(tmp_path, holding(MemoryStore(), last))) == (1, None)
    assert caplog.messages == [f"store 1: {last.name} does not tell which number comes next: {why}"]


def test_one_under_an_earlier_passphrase_is_followed(tmp_path: Path) -> None:
    last = held(tmp_path / "b", LAST, passphrase=EARLIER)
    (tmp_path / "old.txt").touch(mode=0o600)
    (tmp_path / "old.txt").write_text("another horse")
    plan = lost(tmp_path, holding(MemoryStore(), last))
    plan.old_passphrase_files = (OldPassphrase(file=tmp_path / "old.txt"),)
    assert next_of(tmp_path, plan) == (4, sums_of(last))


@pytest.fixture(scope="module")
def ring(tmp_path_factory: pytest.TempPathFactory) -> KeyRing:
    return KeyRing.make(tmp_path_factory.mktemp("keys"))


class TestWithRecipients:
    """The host has no key to what it made: who made it is told by the signature alone."""

    def test_a_signature_is_asked_where_signers_are_named(self, tmp_path: Path, ring: KeyRing) -> None:
        last = make(tmp_path / "b", ring.sealing(sealed=True, signed=True), stem=LAST)
        plan = lost(tmp_path, holding(MemoryStore(), last), keys=ring.folder)
        plan.signers = ring.signers
        assert next_of(tmp_path, plan, ring.keys(sealed=True, signed=True)) == (4, sums_of(last))

    def test_without_signers_nothing_is_believed(
        self, tmp_path: Path, ring: KeyRing, caplog: pytest.LogCaptureFixture
    ) -> None:
        last = make(tmp_path / "b", ring.sealing(sealed=True, signed=True), stem=LAST)
        plan = lost(tmp_path, holding(MemoryStore(), last), keys=ring.folder)
        assert next_of(tmp_path, plan, ring.keys(sealed=True, signed=True)) == (1, None)
        why = "the bundle is sealed for recipients, and nothing at hand proves it"
        assert caplog.messages == [f"store 1: {last.name} does not tell which number comes next: {why}"]
