"""What earlier runs left of uploads of the same plan and host: whole files, parts of files, chunks."""

from __future__ import annotations

from collections.abc import Iterable

from backuptool.stores.names import is_leftover
from backuptool.stores.webdav.chunked import clear
from backuptool.stores.webdav.cloud import Cloud
from backuptool.stores.webdav.collection import Collection
from backuptool.stores.webdav.session import Session


def drop_leftovers(collection: Collection, names: Iterable[str], of: str) -> None:
    """Remove those of `names` that were left of uploads of the plan and host of `of`, if that can be."""
    for name in names:
        if is_leftover(name, of):
            collection.drop(name)


def drop_everything_left(session: Session, of: str) -> None:
    """The same of all that is there, chunks too. Raises StoreError."""
    collection = Collection(session)
    drop_leftovers(collection, [stored.name for stored in collection.files() or []], of)
    cloud = Cloud.at(session)
    if cloud is not None:
        clear(session, cloud, of)
