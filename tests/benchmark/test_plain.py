"""Two dumps of one database have one fingerprint; any other byte makes another one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integration.benchmark.plain import fingerprint
from tests.sources.test_completeness import NEW, OLD

LONG = NEW.replace(b"\n1\n", b"\n" + b"\\restrict Tok3n\n" * 200)  # rows that look like it


@given(st.sampled_from([OLD, NEW, LONG]), st.integers(1, 4000))
def test_it_is_the_same_however_the_dump_is_cut_in_chunks(dump: bytes, step: int) -> None:
    chunks = [dump[start : start + step] for start in range(0, len(dump), step)]
    assert fingerprint(chunks) == fingerprint([dump])


@pytest.mark.parametrize("dump", [NEW, LONG], ids=["short", "long"])
def test_the_token_does_not_count(dump: bytes) -> None:
    head, _, rest = dump.partition(b"\\restrict Tok3n\n")
    body, _, end = rest.rpartition(b"\\unrestrict Tok3n\n")
    other = head + b"\\restrict An0ther\n" + body + b"\\unrestrict An0ther\n" + end
    assert fingerprint([other]).digest == fingerprint([dump]).digest


def test_every_other_byte_counts() -> None:
    right = fingerprint([OLD])
    for position in range(len(OLD)):
        changed = bytearray(OLD)
        changed[position] ^= 1
        assert fingerprint([bytes(changed)]) != right
    assert fingerprint([LONG.replace(b"\n\\restrict Tok3n\n\\.", b"\n\\restrict\n\\.")]) != fingerprint([LONG])
