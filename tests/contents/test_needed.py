"""What a dump needs is heard in its statements."""

from __future__ import annotations

import pytest

from backuptool.contents.needed import Needed


@pytest.mark.parametrize(
    ("statement", "heard"),
    [
        (b"CREATE EXTENSION IF NOT EXISTS hstore WITH SCHEMA public;", {"extensions": {"hstore"}}),
        (b'CREATE EXTENSION IF NOT EXISTS "a ""b" WITH SCHEMA public;', {"extensions": {'a "b'}}),
        (b"SET default_tablespace = fast;", {"tablespaces": {"fast"}}),
        (b'SET default_tablespace = "Fast disk";', {"tablespaces": {"Fast disk"}}),
        (b"SET default_tablespace = '';", {}),
        (b"SET default_table_access_method = heap;", {}),
        (b'CREATE TABLE public.t (a text COLLATE pg_catalog."de_DE.utf8");', {"collations": {"de_DE.utf8"}}),
        (b'CREATE INDEX i ON t (a COLLATE pg_catalog."x", b COLLATE pg_catalog."y");', {"collations": {"x", "y"}}),
        (b"CREATE TABLE public.t (a text COLLATE public.mine);", {}),
        (b"CREATE COLLATION public.mine (provider = libc, locale = 'de_DE');", {"locales": {"de_DE"}}),
        (
            b"CREATE COLLATION public.mine (provider = libc, lc_collate = 'de_DE', lc_ctype = 'fr_FR');",
            {"locales": {"de_DE", "fr_FR"}},
        ),
        (b"CREATE COLLATION public.mine (provider = icu, locale = 'de-u-co-phonebk');", {}),
    ],
)
def test_what_a_statement_needs_is_heard(statement: bytes, heard: dict[str, set[str]]) -> None:
    needed = Needed()
    needed.hear(statement)
    assert {name: value for name, value in vars(needed).items() if value} == heard
