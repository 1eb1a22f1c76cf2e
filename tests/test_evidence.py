"""What proves that a stored file was made by this plan's host: a passphrase, a signature; a seal anybody can make."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from backuptool.bundle import Keys
from backuptool.copies import Shelf
from backuptool.errors import VerificationError
from backuptool.evidence import NOTHING, Evidence, proof
from backuptool.ledger import Entry, Ledger
from backuptool.secret import Secret
from tests.bundle.sample import CHAIN, PASSPHRASE, STEM, KeyRing, make
from tests.stores.memory import MemoryStore

OLD = Keys.of(Secret(b"of the time before recipients"))


@pytest.fixture(scope="module")
def ring(tmp_path_factory: pytest.TempPathFactory) -> KeyRing:
    return KeyRing.make(tmp_path_factory.mktemp("keys"))


@pytest.fixture(scope="module")
def sealed(ring: KeyRing, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A bundle for recipients, signed."""
    return make(tmp_path_factory.mktemp("made"), ring.sealing(sealed=True, signed=True)).read_bytes()


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


def evidence(folder: Path, store: MemoryStore, keys: Keys, *, recipients: bool, known: bool = False) -> Evidence:
    ledger = Ledger(folder)
    if known:
        (stored,) = store.list()
        ledger.add(Entry("2026-11-23T04Z", STEM.plan, stored.name, "stored", "memory", "download", stored.size, 3, ""))
    return Evidence(ledger, STEM.plan, Shelf("memory", store, store.list()), proof(keys, recipients=recipients))


class TestASealedOne:
    """For recipients."""

    def test_is_proven_by_its_signature(self, tmp_path: Path, store: MemoryStore, ring: KeyRing, sealed: bytes) -> None:
        store.files[STEM.bundle] = sealed
        one = evidence(tmp_path, store, Keys(signers=ring.signers), recipients=True)
        assert one.proven(store.list()[0]) == (CHAIN.sequence, "")
        assert one.doubt(store.list()[0]) == ""

    @pytest.mark.parametrize("identity", [False, True])
    @pytest.mark.parametrize("old", [Keys(), OLD], ids=["no passphrase", "an old passphrase"])
    def test_is_what_the_ledger_says_where_no_signers_are_named(
        self, tmp_path: Path, store: MemoryStore, ring: KeyRing, sealed: bytes, old: Keys, *, identity: bool
    ) -> None:
        """Whoever has the public key can seal one: that it opens does not say who made it."""
        store.files[STEM.bundle] = sealed
        keys = replace(old, identity=ring.keys(sealed=True).identity) if identity else old
        (stored,) = store.list()
        unknown = evidence(tmp_path, store, keys, recipients=True)
        assert (unknown.proven(stored), unknown.doubt(stored)) == ((None, ""), NOTHING)
        assert evidence(tmp_path, store, keys, recipients=True, known=True).doubt(stored) == ""

    def test_that_is_damaged_is_seen_by_who_can_open_it(
        self, tmp_path: Path, store: MemoryStore, ring: KeyRing, sealed: bytes
    ) -> None:
        store.files[STEM.bundle] = sealed.replace(b"backuptool-mac-1", b"backuptool-mac-2")
        one = evidence(tmp_path, store, ring.keys(sealed=True), recipients=True, known=True)
        assert one.proven(store.list()[0])[1] != ""

    def test_proves_nothing_to_a_plan_without_recipients(
        self, tmp_path: Path, store: MemoryStore, sealed: bytes
    ) -> None:
        """It may lie in the place of one that the ledger knows."""
        store.files[STEM.bundle] = sealed
        one = evidence(tmp_path, store, Keys.of(PASSPHRASE), recipients=False, known=True)
        assert one.proven(store.list()[0]) == (None, "the bundle is sealed, and the plan has no recipients")


def test_one_under_the_passphrase_is_proven_by_it(tmp_path: Path, store: MemoryStore) -> None:
    store.files[STEM.bundle] = make(tmp_path / "made").read_bytes()
    for keys, recipients in ((Keys.of(PASSPHRASE), False), (Keys.of(PASSPHRASE), True)):
        assert evidence(tmp_path, store, keys, recipients=recipients).proven(store.list()[0]) == (CHAIN.sequence, "")
    _, against = evidence(tmp_path, store, OLD, recipients=False, known=True).proven(store.list()[0])
    assert against == "this passphrase does not open the bundle"


def test_a_proof_raises_what_is_wrong(store: MemoryStore) -> None:
    store.files[STEM.bundle] = b"junk"
    with pytest.raises(VerificationError, match=r"this is no bundle|does not end"):
        proof(Keys.of(PASSPHRASE), recipients=False)(store, store.list()[0])
