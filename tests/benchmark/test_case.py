"""A timed backup counts only when it holds what pg_dump prints."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from backuptool.embedded.postgresql import PostgreSQL
from backuptool.errors import VerificationError
from integration.benchmark.case import Case
from integration.benchmark.place import here

TOP = Path(__file__).parents[2]


def test_a_bundle_of_another_dump_is_refused(server: PostgreSQL, tmp_path: Path) -> None:
    case = Case(here(server), "broker", tmp_path / "case", "sop")
    case.configure()
    subprocess.run(case.bundle(), cwd=TOP, check=True)
    expected = case.reference()
    with pytest.raises(VerificationError, match="not what pg_dump printed"):
        case.take(replace(expected, size=expected.size + 1))
    assert case.take(expected) > 1 << 20
    assert list(case.store.iterdir()) == list(case.work.iterdir()) == []
