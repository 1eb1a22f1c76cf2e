"""A whole bundle that is not yet in every store: what the next backup needs to store it, should this run be killed.

Only then are the chunks of use that a cloud has got already: they are of this very file (stores.webdav.chunked).
"""

from __future__ import annotations

import json
import logging
from collections.abc import Generator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Self

from backuptool.bundle import Bundle
from backuptool.errors import VerificationError
from backuptool.staging import UNSTORED, is_private, left, taken_over

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Unstored:
    """A bundle of `plan`, whole and read back: its file's name, its `size` in bytes, its place in the plan's chain.

    `proof`: as Bundle.proof; it takes no key to see by it that nothing has changed since.
    """

    plan: str
    name: str
    size: int
    sequence: int
    sums: str
    proof: str

    def keep(self, folder: Path) -> None:
        """Note all that beside the file, in the run's own folder: from now on the file outlives a kill."""
        new = folder / f"{UNSTORED}.new"
        try:
            new.write_text(json.dumps(asdict(self)))
            new.rename(folder / UNSTORED)
        except OSError as error:  # on a full disk too the bundle is whole, and goes to its stores
            log.info("%s: %s", folder, error.strerror)

    @classmethod
    def kept(cls, folder: Path) -> Self | None:
        """What is noted in a folder; None when that is nothing of ours, as after a power cut."""
        try:
            if not is_private(folder):  # another user may have put a pipe there, which is waited for without an end
                return None
            found = cls(**json.loads((folder / UNSTORED).read_bytes()))
        except (OSError, ValueError, TypeError, RecursionError):  # RecursionError: as in the ledger
            return None
        words, numbers = (found.plan, found.name, found.sums, found.proof), (found.size, found.sequence)
        sound = all(type(word) is str for word in words) and all(type(number) is int for number in numbers)
        return found if sound else None


def unstored(work_dir: Path, plan: str) -> Generator[tuple[Unstored, Path], None, None]:
    """The bundles that killed runs of `plan` had made, and their files, which are gone once the next is asked for.

    One that has changed since it was made is said, and is gone too. The caller holds the plan's lock.
    """
    for folder in left(work_dir):
        note = Unstored.kept(folder)
        if note is not None and note.plan != plan:
            continue
        with taken_over(folder) as mine:
            if mine and note is not None and _is_unchanged(folder / note.name, note):
                yield note, folder / note.name


def _is_unchanged(path: Path, note: Unstored) -> bool:
    try:
        _compare(path, note)
    except VerificationError as error:
        log.warning("%s, which a killed run had made, is not stored: %s", note.name, error.message)
        return False
    return True


def _compare(path: Path, note: Unstored) -> None:
    with Bundle.open(path) as bundle:
        if bundle.stem.bundle != note.name:
            raise VerificationError(f"it was made as {bundle.stem.bundle}")
        bundle.compare(note.proof)
