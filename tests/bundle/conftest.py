"""Keys of every kind, made once."""

from __future__ import annotations

import pytest

from tests.bundle.sample import KeyRing


@pytest.fixture(scope="session")
def ring(tmp_path_factory: pytest.TempPathFactory) -> KeyRing:
    return KeyRing.make(tmp_path_factory.mktemp("keys"))
