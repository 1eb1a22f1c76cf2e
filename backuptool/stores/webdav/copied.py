"""What a server left that copies where it should rename, and then failed."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from backuptool.errors import StoreError
from backuptool.stores.webdav.collection import Collection
from backuptool.stores.webdav.download import Download
from backuptool.stores.webdav.session import Session


def is_copied(session: Session, path: Path, name: str) -> bool:
    """Whether the whole file at `path` is under `name`; what is only its beginning there is removed, if that can be.

    It is read, not believed: of the same name and size may be another host's. That has a time of its own, for that of
    the operation may be over; what cannot be read in it counts as a part where it begins like ours, for no two bundles
    do. What nobody can look at stays.
    """
    begins, is_whole = False, False
    collection = Collection(session)
    with session.cleaning(), suppress(StoreError):
        stored = collection.look(name)
        if stored is None:
            return False
        begins = not stored.size
        with path.open("rb") as file:
            for block in Download(session, name, stored.size):
                if file.read(len(block)) != block:
                    break
                begins = True
            else:
                is_whole = not file.read(1)
    if begins and not is_whole:
        collection.drop(name)
    return is_whole
