"""Rows as INSERT statements: by which arguments pg_dump prints them so."""

from __future__ import annotations

import pytest

from backuptool.contents.inserts import Inserts, only_reordered

PLAIN = b"INSERT INTO public.t VALUES (1, 'a\n\t(');"
NAMED = 'INSERT INTO "Über Uns"."a ""b"" (c) VALUES" ("x, y", z) OVERRIDING SYSTEM VALUE VALUES (1, 2);'.encode()
TWO = b"INSERT INTO public.t VALUES\n\t(1, 'a'),\n\t(2, 'b') ON CONFLICT DO NOTHING;"
ONE = b"INSERT INTO public.t VALUES\n\t(3, 'c') ON CONFLICT DO NOTHING;"
NONE = b"INSERT INTO public.t DEFAULT VALUES;"


@pytest.mark.parametrize(
    ("statements", "arguments"),
    [
        ([], ()),
        ([PLAIN], ("--inserts",)),
        ([NONE], ("--inserts",)),
        ([NAMED], ("--column-inserts",)),
        ([TWO, ONE], ("--inserts", "--rows-per-insert=2", "--on-conflict-do-nothing")),
    ],
)
def test_the_arguments_are_told_by_the_statements(statements: list[bytes], arguments: tuple[str, ...]) -> None:
    heard = Inserts()
    for statement in statements:
        heard.hear(statement)
    assert heard.arguments == arguments


def test_a_tables_digest_and_columns_are_its_own() -> None:
    heard, alone = Inserts(), Inserts()
    heard.hear(NAMED)
    assert heard.columns == b'"x, y", z'
    first = heard.digest()
    heard.hear(PLAIN)
    alone.hear(PLAIN)
    assert heard.columns == b""
    assert heard.digest() == alone.digest() != first


def test_only_the_order_of_columns_is_told_from_other_columns() -> None:
    assert only_reordered(b'a, "b, c"', b'"b, c", a')
    assert not only_reordered(b"a, b", b"a, b")
    assert not only_reordered(b"a, b", b"a, c")
    assert not only_reordered(b"", b"")
