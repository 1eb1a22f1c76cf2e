"""What was changed in a copy is named; where it is the original, nothing is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from backuptool.bundle import Bundle, Keys
from backuptool.embedded.postgresql import PostgreSQL
from backuptool.errors import SourceError
from backuptool.proof import _views, prove
from backuptool.sources.pg_dump import PgDump
from backuptool.sources.roles import guarded
from tests.bundle.sample import PASSPHRASE, STEM
from tests.drill.conftest import backed_up
from tests.test_comparison import source


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ("update item set note = 'b' where id = 1000", "public.item: different: row 1000"),
        ("drop index item_note_idx", "INDEX public.item_note_idx is missing"),
        ("select lo_unlink(4711)", "0 large objects, not 1"),
        ("select lo_put(4711, 0, 'S')", "a large object has other content (of 1)"),
        ("select setval('seq', 42)", "a sequence stands elsewhere: SELECT pg_catalog.setval('public.seq', 41, true);"),
        ("update pg_extension set extversion = '0.9'", "the extension plpgsql is 0.9, and was 1.0"),
        ("revoke select on item from public", "the ACL of TABLE public.item is missing"),
        ("update child set c = 'y'", "public.child: different: row 1"),
        ("alter table abroad drop constraint abroad_v_check", "FOREIGN TABLE public.abroad has another definition"),
        ("alter table varied drop constraint varied_v_check", "TABLE public.varied has another definition"),
        ("alter table item alter note set default 'a'", "TABLE public.item has another definition"),
        ("alter table varied alter v set default 'x'::text", "TABLE public.varied has another definition"),
        ("alter sequence seq cache 7", "SEQUENCE public.seq has another definition"),
        ("alter table item enable row level security", "ROW SECURITY public.item is new"),
        (
            "alter default privileges grant select on tables to public",
            "DEFAULT ACL DEFAULT PRIVILEGES FOR TABLES is new",
        ),
    ],
)
def test_what_was_changed_in_the_copy_is_named(
    server: PostgreSQL, copy: PgDump, bundle: Bundle, change: str, told: str
) -> None:
    server.psql(change, "drilled_copy")
    first, *others = prove(bundle, copy).differences
    assert first == told
    assert all(other.startswith("the large objects' owners") for other in others)  # of one that is gone


NOT_SHOWN = "a value that is not shown, for it may be a secret"


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (
            "alter database drilled_copy set work_mem = '6MB'",
            ["is different: ALTER DATABASE {} SET work_mem TO '6MB', not '5MB'"],
        ),
        (
            "alter database drilled_copy set timezone = 'Asia/Kathmandu'",
            ["is new: ALTER DATABASE {} SET \"TimeZone\" TO 'Asia/Kathmandu'"],
        ),
        (
            "alter database drilled_copy set app.key = 'abc'; alter database drilled_copy set app.password = 'new'",
            [
                f"is new: ALTER DATABASE {{}} SET \"app.key\" TO {NOT_SHOWN}",
                f"is different: ALTER DATABASE {{}} SET \"app.password\" TO {NOT_SHOWN}",
            ],
        ),
        (
            f"comment on database drilled_copy is E'two\\nlines {'x' * 60}'",
            [f"is new: COMMENT ON DATABASE {{}} IS 'two\\nlines {'x' * 47}…"],
        ),
        (
            "revoke create on database drilled_copy from drilled_user",
            ["is missing: GRANT CREATE ON DATABASE {} TO drilled_user"],
        ),
        (
            "alter database drilled_copy connection limit 3",
            ["is new: ALTER DATABASE {} CONNECTION LIMIT = 3"],
        ),
        (
            "create role \"it's\"; alter role \"it's\" in database drilled_copy set work_mem = '1MB'",
            ["is new: ALTER ROLE \"it's\" IN DATABASE {} SET work_mem TO '1MB'"],
        ),
    ],
)  # fmt: skip
def test_what_the_database_itself_lost_is_named(
    server: PostgreSQL, copy: PgDump, bundle: Bundle, change: str, told: list[str]
) -> None:
    for one in change.split("; "):
        server.psql(one)
    try:
        found = prove(bundle, copy).differences
    finally:
        server.psql('alter role all in database drilled_copy reset all; drop role if exists "it\'s"')
    assert set(found) == {f"of the database's own properties {one}".format('"drilled_copy"') for one in told}


def test_both_owners_are_named_where_the_database_has_another(server: PostgreSQL, copy: PgDump, bundle: Bundle) -> None:
    server.psql("alter database drilled_copy owner to drilled_user")
    prefix, found = "of the database's own properties is ", prove(bundle, copy).differences
    assert f'{prefix}different: ALTER DATABASE "drilled_copy" OWNER TO drilled_user, not postgres' in found
    assert all(one.startswith(prefix) for one in found)


@pytest.mark.parametrize("change", ["nologin", "connection limit 6", "password 'another'", "set work_mem = '7MB'"])
def test_a_role_that_is_not_as_it_was_is_named(server: PostgreSQL, copy: PgDump, bundle: Bundle, change: str) -> None:
    ((before,),) = copy.server.query("select rolpassword from pg_authid where rolname = 'drilled_user'")
    server.psql(f"alter role drilled_user {change}")
    try:
        (told,) = prove(bundle, copy).differences
    finally:
        server.psql("alter role drilled_user reset all")
        server.psql(f"alter role drilled_user login connection limit 5 password '{before}'")
    assert told == "the role drilled_user has other attributes, settings, memberships or another password"
    assert prove(bundle, copy).differences == ()


def test_a_membership_that_is_gone_is_named(server: PostgreSQL, tmp_path: Path) -> None:
    server.psql("create database grouped")
    server.psql("create role crew; create role sailor in role crew")
    path = backed_up(source(server, "grouped"), tmp_path, STEM)
    with Bundle.open(path) as made:
        made.authenticate(Keys.of(PASSPHRASE))
        server.psql("revoke crew from sailor")
        try:
            (told,) = prove(made, source(server, "grouped")).differences
            assert told.startswith("the role sailor has other attributes")
            server.psql("drop role sailor")
            assert prove(made, source(server, "grouped")).differences == ("the role sailor is missing",)
        finally:
            server.psql("drop database grouped")
            server.psql("drop role crew; drop role if exists sailor")


class WithoutGrantors(PgDump):
    """As pg_dumpall prints memberships before PostgreSQL 16 when the role that granted them was dropped."""

    def roles(self) -> Iterator[bytes]:
        printed = b"".join(self.server.read(self.server.command("pg_dumpall", "--globals-only"))).decode()
        yield guarded(re.sub(r" GRANTED BY \S+(?=;)", "", printed)).encode()


def test_who_granted_a_membership_is_not_compared_where_the_bundle_does_not_say_it(
    server: PostgreSQL, tmp_path: Path
) -> None:
    server.psql("create database grouped")
    server.psql("create role crew; create role sailor in role crew; create role cook")
    dumped = WithoutGrantors(source(server, "grouped").server)
    dumped.prepare()
    path = backed_up(dumped, tmp_path, STEM)
    try:
        with Bundle.open(path) as made:
            made.authenticate(Keys.of(PASSPHRASE))
            assert prove(made, source(server, "grouped")).differences == ()
            server.psql("grant crew to cook")
            (told,) = prove(made, source(server, "grouped")).differences
            assert told.startswith("the role cook has other attributes")
            server.psql("revoke crew from cook; grant crew to sailor with admin option")
            (told,) = prove(made, source(server, "grouped")).differences
            assert told.startswith("the role sailor has other attributes")
    finally:
        server.psql("drop database grouped")
        server.psql("drop role crew; drop role sailor; drop role cook")


def test_another_grantor_than_the_bundle_says_is_named(server: PostgreSQL, tmp_path: Path) -> None:
    server.psql("create database grouped")
    server.psql("create role crew; create role sailor; create role mate; grant crew to mate with admin option")
    server.psql("set role mate; grant crew to sailor")
    path = backed_up(source(server, "grouped"), tmp_path, STEM)
    try:
        with Bundle.open(path) as made:
            made.authenticate(Keys.of(PASSPHRASE))
            server.psql("set role mate; revoke crew from sailor")
            server.psql("grant crew to sailor")
            (told,) = prove(made, source(server, "grouped")).differences
            assert told.startswith("the role sailor has other attributes")
    finally:
        server.psql("drop database grouped")
        server.psql("drop role sailor; drop role mate; drop role crew")


@pytest.mark.parametrize(("version", "outdated"), [("0.4.0", ("vector",)), ("99", ())])
def test_only_an_extension_that_an_update_brings_to_the_copys_version_is_outdated(
    server: PostgreSQL, tmp_path: Path, version: str, outdated: tuple[str, ...]
) -> None:
    """One of a server that has a newer one is not."""
    server.psql("create database extended")
    update = "update pg_extension set extversion = {} where extname = 'vector'"
    try:
        server.psql(f"create extension vector; {update.format(repr(version))}; create table v (v vector)", "extended")
        path = backed_up(source(server, "extended"), tmp_path, STEM)
        ours = server.psql("select default_version from pg_available_extensions where name = 'vector'")
        server.psql(update.format(repr(ours)), "extended")
        with Bundle.open(path) as made:
            made.authenticate(Keys.of(PASSPHRASE))
            proof = prove(made, source(server, "extended"))
        assert proof.differences == (f"the extension vector is {ours}, and was {version}",)
        assert proof.outdated == outdated
    finally:
        server.psql("drop database extended")


def test_an_assertion_that_is_not_true_or_fails_is_a_difference(copy: PgDump, bundle: Bundle) -> None:
    wrong = ["select count(*) > 1000 from item", "select nonsense", "select 1"]
    proof = prove(bundle, copy, ["select true", *wrong])
    told = proof.differences
    assert proof.unmet == told
    assert "not one row with one true" in told[2]
    assert [line.partition(":")[0] for line in told] == [
        "the assertion is not true", "the assertion failed", "the assertion is not true",
    ]  # fmt: skip


ENDS = "select pg_terminate_backend(pg_backend_pid())::text as x"


def test_a_server_that_ends_while_a_view_is_made_again_has_not_proven_the_copy(
    server: PostgreSQL, copy: PgDump
) -> None:
    made = "create function x() returns text language sql as $$ {} $$; create materialized view again as select x()"
    server.psql(made.format("select 'x'"), "drilled_copy")
    server.psql(f"create or replace function x() returns text language sql as $$ {ENDS} $$", "drilled_copy")
    with pytest.raises(SourceError, match="terminating connection"):
        list(_views(copy.server))


def test_a_view_that_cannot_be_made_again_is_noted(server: PostgreSQL, copy: PgDump) -> None:
    server.psql(
        "create table two as select 1 as n; create materialized view half as select 1 / n from two", "drilled_copy"
    )
    server.psql("update two set n = 0", "drilled_copy")
    assert "the materialised view public.half cannot be refreshed: ERROR:  division by zero" in list(
        _views(copy.server)
    )
