"""A host of its own for each test of the command line."""

from __future__ import annotations

from pathlib import Path

import pytest

from backuptool.embedded.postgresql import PostgreSQL
from tests.cli.test_round_trip import Host, made_host


@pytest.fixture
def host(tmp_path: Path, server: PostgreSQL) -> Host:
    return made_host(tmp_path, server)
