"""What a server left that copies where it should rename, and then failed."""

from __future__ import annotations

from contextlib import suppress
from enum import Enum, auto
from pathlib import Path

from backuptool.errors import StoreError
from backuptool.stores.webdav.body import reading
from backuptool.stores.webdav.collection import Collection
from backuptool.stores.webdav.download import Download
from backuptool.stores.webdav.session import Session

# All bundles begin with the same RECOVER.txt, of 7 KB; behind it are random salts.
ALIKE = 64 << 10  # bytes


class Copied(Enum):
    """How much of a file is under a name; NONE also where another is, UNKNOWN where one is that cannot be read."""

    NONE = auto()
    UNKNOWN = auto()
    SOME = auto()
    ALL = auto()


def copied(session: Session, path: Path, name: str, seconds: float = 0) -> Copied:
    """How much of the file at `path` is under `name`: it is read, for of that name and size may be another host's.

    Reading has a time of its own, `seconds` or more: that of the operation may be over. What cannot be read in it
    counts as ours where the first 64 KiB are.
    """
    same, collection, unread = 0, Collection(session), Copied.NONE
    with suppress(StoreError):
        with session.cleaning():
            stored = collection.look(name)
        if stored is None:
            return Copied.NONE
        unread = Copied.UNKNOWN
        with session.cleaning(seconds), reading(path), path.open("rb") as file:
            for block in Download(session, name, stored.size):
                if file.read(len(block)) != block:
                    return Copied.NONE
                same += len(block)
            return Copied.SOME if file.read(1) else Copied.ALL
    return Copied.SOME if same >= ALIKE else unread
