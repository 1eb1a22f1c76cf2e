"""A restore that writes nothing: fetch, authenticate, decrypt, expand, look for the end of the dump."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from backuptool.bundle import Bundle, Keys, Stem, authenticate_tail, names
from backuptool.contents import Contents, Scan, differences
from backuptool.errors import SourceError, VerificationError
from backuptool.progress import stage
from backuptool.sources.completeness import complete
from backuptool.staging import staging, writing
from backuptool.stores import Store, Stored


@dataclass(frozen=True, slots=True)
class Verdict:
    """A whole bundle: its stem, its size in bytes, its number in the plan's chain, and what its dump holds.

    `contents` is None when it could only be authenticated, by its signature: nothing here opens it.
    """

    stem: Stem
    size: int
    sequence: int
    contents: Contents | None


@contextmanager
def copied(store: Store, stored: Stored, work_dir: Path) -> Iterator[Path]:
    """A copy of a stored file as it is, gone afterwards. Raises StoreError."""
    with staging(work_dir) as folder:
        path = folder / stored.name
        with writing(folder), path.open("xb") as file, stage("fetching", stored.size) as advance:
            path.chmod(0o600)
            for chunk in store.open(stored.name):
                file.write(chunk)
                advance(len(chunk))
        yield path


@contextmanager
def fetched(store: Store, stored: Stored, keys: Keys, work_dir: Path) -> Iterator[Bundle]:
    """An authenticated copy of a stored bundle, gone afterwards. Raises StoreError, VerificationError."""
    name = stored.name
    # A wrong passphrase, or a bundle under another's name, is found out before all of it is fetched.
    authenticate_tail(name, stored.size, lambda start: store.open(name, start), keys)
    with copied(store, stored, work_dir) as path, Bundle.open(path) as bundle:
        bundle.authenticate(keys, name)
        yield bundle


def verify(bundle: Bundle) -> Verdict:
    """Decrypt and expand everything in an authenticated bundle, and count it again. Raises VerificationError."""
    size, sequence = bundle.size, bundle.manifest.sequence
    if not bundle.is_open:
        return Verdict(bundle.stem, size, sequence, None)
    for suffix in (names.DATABASE, names.GLOBALS):
        if bundle.has(suffix):
            for _ in bundle.expanded(suffix):
                pass
    scan = Scan()
    try:
        for _ in scan.watch(complete(bundle.expanded(names.SQL))):
            pass
    except SourceError as error:
        raise VerificationError(error.message, hint=error.hint) from error
    if different := differences(scan.result(), bundle.contents.dump):
        raise VerificationError(f"the dump is not what its contents say: {different[0]}")
    return Verdict(bundle.stem, size, sequence, bundle.contents)
