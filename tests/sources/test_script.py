"""The script's own file passes unchanged, and only when it holds a whole dump."""

from __future__ import annotations

import gzip

import pytest

from backuptool.errors import SourceError
from backuptool.sources.script import passed
from tests.sources.test_completeness import NEW, OLD


@pytest.mark.parametrize("step", [1, 7, 10_000])
def test_a_whole_compressed_dump_passes_unchanged(step: int) -> None:
    made = gzip.compress(OLD + b"")
    assert b"".join(passed(iter([made[i : i + step] for i in range(0, len(made), step)]))) == made


@pytest.mark.parametrize(
    "content",
    [gzip.compress(b""), gzip.compress(NEW[:-40]), gzip.compress(OLD)[:-1], OLD, b"", gzip.compress(OLD) * 2],
    ids=["empty", "cut dump", "cut gzip", "plain", "nothing", "two members"],
)
def test_what_a_failed_pg_dump_leaves_behind_is_refused(content: bytes) -> None:
    with pytest.raises(SourceError):
        list(passed(iter([content])))
