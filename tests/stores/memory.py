"""A store in memory."""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from backuptool.errors import StoreError
from backuptool.stores import Proof, Stored
from backuptool.stores.names import check_name, is_leftover, is_upload


class MemoryStore:
    """Keeps files in `files`; tests may read and write it."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}

    def __str__(self) -> str:
        return "memory"

    def check(self, name: str, size: int, made_in: Path | None = None) -> None:
        """Everything can be stored."""

    def clear(self, name: str) -> None:
        """Remove what was left of uploads of its plan and host."""
        check_name(name)
        for left in [left for left in self.files if is_leftover(left, name)]:
            del self.files[left]

    def put(self, path: Path, name: str, seconds: float = math.inf) -> Proof:
        """Store the file at `path` under `name`."""
        check_name(name)
        if name in self.files:
            raise StoreError(f"{name} exists already")
        try:
            self.files[name] = path.read_bytes()
        except OSError as failure:
            raise StoreError(f"cannot read {path}: {failure.strerror}") from failure
        return "download"

    def list(self) -> list[Stored]:
        """Every file."""
        return [Stored(name, len(content)) for name, content in sorted(self.files.items()) if not is_upload(name)]

    def open(self, name: str, start: int = 0) -> Iterator[bytes]:
        """The bytes of `name` from `start` on, in chunks of at most 64 KiB."""
        content = self._content(name)
        if start > len(content):
            raise StoreError(f"{name} is shorter than {start} bytes")
        for position in range(start, len(content), 65536):
            yield content[position : position + 65536]

    def now(self) -> datetime | None:
        """None: it has no clock of its own."""
        return None

    def delete(self, name: str) -> None:
        """Remove `name`."""
        self._content(name)
        del self.files[name]

    def _content(self, name: str) -> bytes:
        check_name(name)
        if name not in self.files:
            raise StoreError(f"there is no {name}")
        return self.files[name]
