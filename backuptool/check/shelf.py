"""One store's bundles of a plan, asked of the store itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

from backuptool.amounts import number
from backuptool.bundle import Keys, Manifest, Stem, describe_tail
from backuptool.check.finding import AHEAD, Finding
from backuptool.check.history import History
from backuptool.config import Plan
from backuptool.config.duration import in_words
from backuptool.contents import Contents
from backuptool.copies import Shelf, bundles
from backuptool.errors import StoreError, VerificationError
from backuptool.stores import Stored

USUAL = 10  # backups before the newest whose median size is the usual one
SHOWN = 3  # names in a message
Described = tuple[Manifest, Contents | None]


@dataclass(frozen=True, slots=True)
class Checked:
    """One store: how many bundles, the newest, its age, and what was found; `tables` in it, None where nobody knows;
    `sealed`: because nothing here decrypts what it says of them."""

    label: str
    count: int
    newest: Stored | None
    age: timedelta | None
    tables: int | None
    findings: tuple[Finding, ...]
    sealed: bool = False


class Check:
    """A plan's bundles on one shelf, now; `keys` open them."""

    def __init__(self, plan: Plan, shelf: Shelf, keys: Keys, now: datetime) -> None:
        self._plan, self._shelf, self._keys, self._now = plan, shelf, keys, now
        host = Stem.now(plan.name, plan.host, now).host
        of_plan = [(stem, one) for one in bundles(shelf.listed, plan.name) if (stem := Stem.of_bundle(one.name))]
        self._bundles = [(stem, one) for stem, one in of_plan if stem.host == host]
        self._host, self._others = host, sorted({stem.host for stem, _ in of_plan} - {host})
        self._history = History(plan, shelf.label, now)

    def run(self) -> Checked:
        """Look at all of it."""
        missing = list(self._history.missing(self._host, [stem for stem, _ in self._bundles]))
        if not self._bundles:
            return Checked(self._shelf.label, 0, None, None, None, (Finding(self._nothing()), *missing))
        stem, newest = self._bundles[-1]
        findings = [*self._age(stem), *self._size(newest)]
        described = self._newest_two(findings)
        findings += [*self._tables_gone(described), *(missing or self._left_out(described))]
        findings += [*self._history.changed([one for _, one in self._bundles]), *self._history.drill()]
        last = described[-1]
        tables = len(_tables(last[1])) if last and last[1] else None
        age, sealed = self._now - stem.created, last is not None and last[1] is None
        return Checked(self._shelf.label, len(self._bundles), newest, age, tables, tuple(findings), sealed)

    def _nothing(self) -> str:
        """That there is none; of whom there are some, where one asks from another host than the one that makes them."""
        if not self._others:
            return "there is no backup"
        others = ", ".join(self._others[:SHOWN]) + (", …" if len(self._others) > SHOWN else "")
        return f"there is no backup of host {self._host}, but of {others}: `host` in the plan says whose are meant"

    def _age(self, newest: Stem) -> Iterator[Finding]:
        age, most = self._now - newest.created, self._plan.check.max_age
        if age > most:
            yield Finding(f"the newest backup is of {newest.created:%Y-%m-%d %H:%M} UTC, older than {in_words(most)}")
        if age < AHEAD:
            yield Finding(f"the newest backup is of {newest.created:%Y-%m-%d %H:%M} UTC, which is to come")

    def _size(self, newest: Stored) -> Iterator[Finding]:
        least, ratio = self._plan.check.min_size, self._plan.check.min_ratio
        if newest.size < least:
            yield Finding(f"the newest backup has {newest.size} bytes, fewer than {least}")
        before = [stored.size for _, stored in self._bundles[-1 - USUAL : -1]]
        if before and newest.size < ratio * median(before):
            yield Finding(f"the newest backup has {newest.size} bytes, {median(before):.0f} are usual")

    def _newest_two(self, findings: list[Finding]) -> list[Described | None]:
        """What they say of themselves, the newest last; None of one that is not believed, with why in `findings`."""
        newest = [one for _, one in self._bundles[-2:]]
        if not (self._keys.secrets or self._keys.identity or self._keys.signers):
            why = f"nothing at hand proves {newest[-1].name}: give signers, or an identity_file"
            findings.append(Finding(why))
            return [None]
        return [self._described(one, findings) for one in newest]

    def _described(self, stored: Stored, findings: list[Finding]) -> Described | None:
        try:
            return describe_tail(stored.name, stored.size, self._reading(stored), self._keys)
        except (VerificationError, StoreError) as error:  # it is listed: nobody could restore it
            findings.append(Finding(f"{stored.name}: {error.message}"))
            return None

    def _reading(self, stored: Stored) -> Callable[[int], Iterator[bytes]]:
        return lambda start: self._shelf.store.open(stored.name, start)

    def _tables_gone(self, described: list[Described | None]) -> Iterator[Finding]:
        """Those that the backup before had."""
        had, has = [one[1] if one else None for one in described] if len(described) == 2 else (None, None)
        if had and has and (gone := _tables(had) - _tables(has)):
            more = f" and {len(gone) - SHOWN} more" if len(gone) > SHOWN else ""
            yield Finding(f"tables that the backup before had are gone: {', '.join(sorted(gone)[:SHOWN])}{more}")

    def _left_out(self, described: list[Described | None]) -> Iterator[Finding]:
        """Numbers between the newest two, which every bundle has in it: no ledger is needed to see that one is missing.

        One that was stored in other stores only is missing here too.
        """
        old, new = [one[0].sequence if one else None for one in described] if len(described) == 2 else (None, None)
        if old is None or new is None:
            return
        if new == old:
            why = "the ledger could not be written between them, or was lost"
            yield Finding(f"the newest two backups are both number {new}: {why}", critical=False)
        if new < old:
            what = f"the count of backups went back from {old} to {new}"
            yield Finding(f"{what}: the ledger was lost, or a bundle was put back", critical=False)
        removed = {entry.sequence for entry in self._history.removed() if old < entry.sequence < new}
        if (left_out := new - old - 1 - len(removed)) > 0:
            before = self._bundles[-2][1].name
            what = f"{number(left_out, 'backup')} between {before} and the newest {'is' if left_out == 1 else 'are'}"
            yield Finding(f"{what} not there", critical=False)


def _tables(contents: Contents) -> set[str]:
    return {f"{table.schema_}.{table.name}" for table in contents.dump.tables}
