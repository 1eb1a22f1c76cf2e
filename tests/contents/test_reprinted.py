"""What PostgreSQL prints in another way once it was restored."""

from __future__ import annotations

import pytest

from backuptool.contents.reprinted import handed_down
from tests.contents.test_scan import HOSTILE


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("(ARRAY['a'::character varying, b])::text[]", "ARRAY[('a'::character varying)::text, (b)::text]"),
        ("(x = ANY ((ARRAY[y])::text[]))", "(x = ANY (ARRAY[(y)::text]))"),
        ("(ARRAY[f(a, b), ROW(c, ARRAY[d, e])])::t[]", "ARRAY[(f(a, b))::t, (ROW(c, ARRAY[d, e]))::t]"),
        ("(ARRAY[ARRAY[a, b], ARRAY[c, d]])::t[]", "ARRAY[ARRAY[(a)::t, (b)::t], ARRAY[(c)::t, (d)::t]]"),
        ("(ARRAY[((ARRAY[a])::t[])[1]])::u[]", "ARRAY[((ARRAY[(a)::t])[1])::u]"),
        ("(ARRAY[', [', '])::t[]', 'it''s'])::t[]", "ARRAY[(', [')::t, ('])::t[]')::t, ('it''s')::t]"),
        ('(ARRAY["a, ]"])::s."o[]"[]', 'ARRAY[("a, ]")::s."o[]"]'),
        ("(ARRAY[a])::character varying(3)[]", "ARRAY[(a)::character varying(3)]"),
        ("(ARRAY[a])::timestamp(3) without time zone[]", "ARRAY[(a)::timestamp(3) without time zone]"),
        ("(ARRAY[a])::interval day to second(2)[]", "ARRAY[(a)::interval day to second(2)]"),
        ("(ARRAY[a])::numeric(5,2)[]", "ARRAY[(a)::numeric(5,2)]"),
        ("(ARRAY['a'::text, (b)::t])::s.few", "(ARRAY[('a'::text)::character varying(4), (b)::t])::s.few"),
    ],
)
def test_both_ways_in_which_a_cast_array_is_printed_are_the_same(before: str, after: str) -> None:
    assert before != after
    assert handed_down(before.encode()) == handed_down(after.encode())


@pytest.mark.parametrize(
    "text",
    [
        "(ARRAY[a, b])[1]", "(ARRAY[a] || b)", "ARRAY[(a)::text]", "'(ARRAY[a])::text[]'", '"(ARRAY[a])::text[]"',
        "$_$(ARRAY[a])::text[]$_$", "(ARRAY[a", "a]) (ARRAY[b, c])", "(ARRAY[a, '", "((ARRAY[a]), b)",
    ],
)  # fmt: skip
def test_what_is_no_cast_of_an_array_stays_as_it_stands(text: str) -> None:
    assert handed_down(text.encode()) == text.encode()


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_what_looks_like_something_else_passes_whole(text: bytes) -> None:
    array = b"(ARRAY[a])[1]\n"
    assert handed_down(array + text) == array + text
