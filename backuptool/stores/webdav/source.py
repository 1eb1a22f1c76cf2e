"""What is moved: a file, or (`chunked`) the chunks of one; and in what ways it cannot be."""

from __future__ import annotations

from typing import ClassVar, Protocol

from backuptool.errors import StoreError
from backuptool.stores.webdav.collection import Collection


class Gone(StoreError):
    """There is nothing to move any more, and nothing where it should have gone."""


class Unsound(StoreError):
    """The server has looked at what it should move, and it is not what it should be."""


class Source(Protocol):
    """What is moved.

    `unsound`: the statuses that say that it is not what it should be; `under_way`: those of a server that goes on.
    `alone`: whether nobody else gives a file the name that it gets.
    """

    unsound: ClassVar[set[int]]
    under_way: ClassVar[set[int]]
    alone: ClassVar[bool]

    @property
    def url(self) -> str:
        """Its address."""

    def is_there(self) -> bool:
        """Whether it still is. Raises StoreError."""


class File:
    """A file in a collection."""

    unsound: ClassVar[set[int]] = set()
    under_way: ClassVar[set[int]] = {423, 504}
    alone: ClassVar[bool] = False  # another host may have this one's name, a copied machine say

    def __init__(self, collection: Collection, name: str) -> None:
        self._collection, self._name = collection, name
        self.url = collection.address.of(name)

    def is_there(self) -> bool:
        """Whether it still is. Raises StoreError."""
        return self._collection.look(self._name) is not None
