"""A dump counts only when it begins as one and ends with the completion marker."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backuptool.errors import SourceError
from backuptool.sources.completeness import complete

BODY = b"\n\nSET statement_timeout = 0;\nCOPY public.t (a) FROM stdin;\n1\n\\.\n"
OLD = b"--\n-- PostgreSQL database dump\n--\n" + BODY + b"\n--\n-- PostgreSQL database dump complete\n--\n\n"
NEW = (
    b"--\n-- PostgreSQL database dump\n--\n\n\\restrict Tok3n\n" + BODY
    + b"\n--\n-- PostgreSQL database dump complete\n--\n\n\\unrestrict Tok3n\n\n"
)  # fmt: skip


@given(st.sampled_from([OLD, NEW]), st.integers(1, 400))
def test_a_whole_dump_passes_unchanged_however_it_is_cut_in_chunks(dump: bytes, step: int) -> None:
    chunks = [dump[start : start + step] for start in range(0, len(dump), step)]
    assert b"".join(complete(chunks)) == dump


@pytest.mark.parametrize("dump", [OLD, NEW], ids=["old", "new"])
def test_every_shorter_dump_is_refused(dump: bytes) -> None:
    for length in range(len(dump)):
        with pytest.raises(SourceError):
            list(complete([dump[:length]]))


@pytest.mark.parametrize(
    "dump",
    [
        b"",
        b"Creating network\n" + OLD,
        b"PGDMP\x01\x0e",
        OLD.replace(b"\n", b"\r\n"),
        OLD + b"more",
        NEW.replace(b"\\unrestrict Tok3n", b"\\unrestrict Other"),
        NEW.replace(b"\\restrict Tok3n\n", b""),
    ],
    ids=["empty", "banner", "custom format", "terminal", "something after", "other token", "no token"],
)
def test_what_is_no_plain_dump_is_refused(dump: bytes) -> None:
    with pytest.raises(SourceError):
        list(complete([dump]))


def test_a_long_dump_is_judged_by_its_ends_alone() -> None:
    rows = [b"x" * 100_000] * 20
    assert sum(map(len, complete([OLD[:60], *rows, OLD[60:]]))) == 2_000_000 + len(OLD)
