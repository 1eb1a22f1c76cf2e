"""What a store's files with a bundle's name are worth: by the ledger, which knows what was made here, or by a key."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime

from backuptool.bundle import Keys, Stem, open_tail
from backuptool.copies import Shelf
from backuptool.errors import VerificationError
from backuptool.ledger import Entry, Event, Ledger
from backuptool.stores import Store, Stored

# Events after which a bundle of that size was good. Not `verified`: that a sealed one opens does not say who made it.
BELIEVED = {"stored", "authenticated"}
NOTHING = "nothing at hand proves who made it, and the ledger does not know it: name signers"

# The sequence of a stored bundle, proven by its last bytes; None where no key at hand tells who made it.
# Raises VerificationError, StoreError.
Prove = Callable[[Store, Stored], int | None]


def proof(keys: Keys, *, recipients: bool) -> Prove:
    """The proof by these keys; `recipients`: whether the plan has any.

    That a sealed bundle opens does not say who made it, for everybody may have the public keys: its signature does,
    where signers are named. Without any the ledger's word is all there is.
    """

    def prove(store: Store, stored: Stored) -> int | None:
        with open_tail(stored.name, stored.size, lambda start: store.open(stored.name, start)) as bundle:
            if keys.signers or (keys.secrets and not bundle.is_sealed):
                return bundle.authenticate_end(keys).sequence
            if not recipients:
                raise VerificationError("the bundle is sealed, and the plan has no recipients")
            if keys.identity and bundle.is_sealed:
                bundle.authenticate_end(keys)  # damaged or not
            return None

    return prove


class Evidence:
    """About the files of a plan on one shelf."""

    def __init__(self, ledger: Ledger, plan: str, shelf: Shelf, prove: Prove) -> None:
        self._ledger, self._plan, self._shelf, self._prove = ledger, plan, shelf, prove
        self._entries = [entry for entry in ledger.of(plan) if entry.store == shelf.label]
        self._known = {(one.bundle, one.size) for one in self._entries if one.event in BELIEVED}

    def doubt(self, stored: Stored) -> str:
        """Why it does not count; nothing where the ledger knows it or it proves itself. Raises StoreError."""
        if self.knows(stored):
            return ""
        sequence, against = self.proven(stored)
        if sequence is not None:
            self.remember("authenticated", stored, sequence)
        return against or (NOTHING if sequence is None else "")

    def knows(self, stored: Stored) -> bool:
        """Whether the ledger knows that one of this name and size was good there."""
        return (stored.name, stored.size) in self._known

    def proven(self, stored: Stored) -> tuple[int | None, str]:
        """Its sequence, None where there is no key; and what speaks against it. Raises StoreError."""
        try:
            return self._prove(self._shelf.store, stored), ""
        except VerificationError as error:
            return None, error.message

    def names(self, event: Event) -> list[str]:
        """The bundles to which this happened there, in that order, as far as the ledger knows."""
        return [entry.bundle for entry in self._entries if entry.event == event]

    def made_last(self, stems: Iterable[Stem], count: int) -> list[Stem]:
        """Of these, the last so many by the order in which they were made, which no clock changes."""
        called = {stem.bundle: stem for stem in stems}
        made = [called[name] for name in reversed(self.names("stored")) if name in called]
        return made[:count]

    def remember(self, event: Event, stored: Stored, sequence: int = 0, how: str = "tail") -> None:
        """Write it into the ledger."""
        at = datetime.now(UTC).isoformat(timespec="seconds")
        self._ledger.add(Entry(at, self._plan, stored.name, event, self._shelf.label, how, stored.size, sequence, ""))
