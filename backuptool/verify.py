"""A restore that writes nothing: fetch, authenticate, decrypt, expand, look for the end of the dump."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from backuptool.bundle import Bundle, Stem, names
from backuptool.compression import decompress
from backuptool.errors import BackuptoolError, SourceError, VerificationError
from backuptool.secret import Secret
from backuptool.sources.completeness import complete
from backuptool.staging import staging, writing
from backuptool.stores import Store, Stored


@dataclass(frozen=True, slots=True)
class Verdict:
    """A whole bundle: its stem, its size and its dump's size in bytes, its number in the plan's chain."""

    stem: Stem
    size: int
    dump_size: int
    sequence: int


def backups(store: Store, plan: str) -> list[Stored]:
    """The bundles of a plan in a store, oldest first, by the time in their names."""
    found = [(stem, stored) for stored in store.list() if (stem := Stem.of_bundle(stored.name)) and stem.plan == plan]
    return [stored for _, stored in sorted(found, key=lambda pair: (pair[0].created, pair[0]))]


def choose(store: Store, plan: str, name: str) -> str:
    """The file name of the bundle a person calls `name`: latest, with .tar or without. Raises BackuptoolError."""
    known = [stored.name for stored in backups(store, plan)]
    if not known:
        raise BackuptoolError(f"there is no backup of {plan} in the store", hint="backuptool backup makes one")
    if name == "latest":
        return known[-1]
    wanted = f"{name.removesuffix('.tar')}.tar"
    if wanted not in known:
        raise BackuptoolError(f"there is no backup {name} in the store", hint=f"backuptool list {plan}")
    return wanted


@contextmanager
def fetched(store: Store, name: str, passphrases: list[Secret], work_dir: Path) -> Iterator[Bundle]:
    """An authenticated copy of a stored bundle, gone afterwards. Raises StoreError, VerificationError."""
    with staging(work_dir) as folder:
        path = folder / name
        with writing(folder), path.open("xb") as file:
            path.chmod(0o600)
            for chunk in store.open(name):
                file.write(chunk)
        with Bundle.open(path) as bundle:
            bundle.authenticate(passphrases, name)
            yield bundle


@contextmanager
def opened(path: Path, passphrases: list[Secret]) -> Iterator[Bundle]:
    """A bundle that lies on this disk, authenticated; it may have another name than it was made under."""
    with Bundle.open(path) as bundle:
        bundle.authenticate(passphrases)
        yield bundle


def verify(bundle: Bundle) -> Verdict:
    """Decrypt and expand everything in an authenticated bundle. Raises VerificationError."""
    if bundle.manifest is None:
        raise VerificationError("a bundle is authenticated before it is verified")
    sizes = {suffix: _size(bundle, suffix) for suffix in names.ENCRYPTED if bundle.has(suffix)}
    size = sum(member.size for member in bundle.members.values())
    return Verdict(bundle.stem, size, sizes[names.SQL], bundle.manifest.sequence)


def _size(bundle: Bundle, suffix: str) -> int:
    content = decompress(bundle.plain(suffix))
    try:
        return sum(map(len, complete(content) if suffix == names.SQL else content))
    except SourceError as error:
        raise VerificationError(error.message, hint=error.hint) from error
