"""A store with two nights' backups."""

from __future__ import annotations

import pytest

from backuptool.bundle import Chain
from tests.bundle.sample import make
from tests.check.sample import BEFORE, LAST
from tests.stores.memory import MemoryStore


@pytest.fixture(scope="session")
def two(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """Two nights' backups."""
    folder = tmp_path_factory.mktemp("two")
    paths = [make(folder / "a", stem=BEFORE, chain=Chain(1)), make(folder / "b", stem=LAST, chain=Chain(2, "ab" * 32))]
    return {path.name: path.read_bytes() for path in paths}


@pytest.fixture
def store(two: dict[str, bytes]) -> MemoryStore:
    made = MemoryStore()
    made.files |= two
    return made
