"""Where bundles live: the one interface every store has."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal, Protocol

# What shows that a stored file is what was sent: only its size; a sum that the server made of what it has; every byte.
Proof = Literal["size", "server-hash", "download"]


@dataclass(frozen=True, slots=True)
class Stored:
    """A file in a store: its name, its size in bytes, when it got there (UTC; None where the store does not say)."""

    name: str
    size: int
    modified: datetime | None = None


class Store(Protocol):
    """A place that keeps bundles. Verified means published: a name that `list` shows is whole."""

    def check(self, name: str, size: int, made_in: Path | None = None) -> None:
        """See, before there is a file `name` of about `size` bytes, that it could be stored. Raises StoreError.

        `made_in`: the folder where it will be made.
        """
        ...

    def clear(self, name: str) -> None:
        """Remove what earlier runs left of uploads of the plan and host of `name`, if that can be. Raises StoreError.

        For who alone may store such a one now, as for `put`: what is under way looks the same.
        """
        ...

    def put(self, path: Path, name: str, seconds: float = math.inf) -> Proof:
        """Store the file at `path` under `name`, prove that it is what was sent, and only then publish it.

        Opens the path anew for every attempt. Never replaces an existing name. Raises StoreError, also where a server
        would take more than `seconds`.
        """
        ...

    def list(self) -> list[Stored]:
        """Every file in the store, complete or an error; none where `put` would make the folder. Raises StoreError."""
        ...

    def open(self, name: str, start: int = 0) -> Iterator[bytes]:
        """The bytes of `name` from `start` on, in chunks. Raises StoreError."""
        ...

    def now(self) -> datetime | None:
        """What the store's own clock shows (UTC); None where it has none but this host's. Raises StoreError."""
        ...

    def delete(self, name: str) -> None:
        """Remove `name`. Raises StoreError, also when there is none."""
        ...
