"""The fake keeps the contract, so tests that use it tell the truth."""

from __future__ import annotations

import pytest

from tests.contracts.store import StoreContract
from tests.stores.memory import MemoryStore


class Inside:
    """The fake's own files."""

    def __init__(self, store: MemoryStore) -> None:
        self._files = store.files

    def write(self, name: str, content: bytes) -> None:
        """Put a file there."""
        self._files[name] = content

    def names(self) -> set[str]:
        """Every name there."""
        return set(self._files)


class TestMemoryStore(StoreContract):
    @pytest.fixture
    def store(self) -> MemoryStore:
        return MemoryStore()

    @pytest.fixture
    def place(self, store: MemoryStore) -> Inside:
        return Inside(store)
