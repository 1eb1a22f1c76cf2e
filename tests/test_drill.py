"""What a drill sees: nothing where the copy is the original, and by name what is not."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from backuptool.bundle import Bundle, Keys, Sealing, Stem, Writer, names
from backuptool.bundle.manifest import Chain
from backuptool.compression import compress
from backuptool.contents import Contents, Scan, ServerFacts
from backuptool.drill import Drilled, drill, prove
from backuptool.embedded.postgresql import PostgreSQL, postgresql
from backuptool.encryption import SOP
from backuptool.errors import BackuptoolError, SourceError
from backuptool.restore import load
from backuptool.shells.compose import Compose
from backuptool.shells.local import Local
from backuptool.sources import Source
from backuptool.sources.pg_dump import PgDump
from backuptool.sources.script import Script
from backuptool.sources.server import Server
from backuptool.stock import by_openssl
from backuptool.target import drop, prepared, refuse_unless_fit
from backuptool.throwaway import origin, throwaway
from tests.bundle.sample import PASSPHRASE, SERVER, STEM
from tests.test_comparison import source

OWN = """
    create role drilled_user login connection limit 5 password 'of a user';
    alter database drilled set work_mem = '5MB';
    grant create on database drilled to drilled_user;
"""
MADE = """
    create table item (id int primary key, note text check (note in ('a', 'b')));
    insert into item select i, 'a' from generate_series(1, 1000) i;
    create index on item (note);
    grant select on item to public;
    create materialized view seen as select count(*) from item;
    create sequence seq;
    select setval('seq', 41);
    select lo_from_bytea(4711, 'some bytes');
    create table parent (a int);
    create table child (b int) inherits (parent);
    alter table parent add c text;
    insert into child values (1, 2, 'x');
    create table varied (v varchar(9) check (v in ('x', 'y')));
    create foreign data wrapper nothing;
    create server nowhere foreign data wrapper nothing;
    create foreign table abroad (v varchar(9) check (v in ('x', 'y'))) server nowhere;
"""


@pytest.fixture(scope="module")
def bundle_path(server: PostgreSQL, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A backup of the database `drilled`, which is there too."""
    server.psql("create database drilled")
    server.psql(MADE + OWN, "drilled")
    yield backed_up(source(server, "drilled"), tmp_path_factory.mktemp("bundle"), STEM)
    server.psql("drop database drilled")
    server.psql("drop role drilled_user")


def backed_up(dumped: Source, folder: Path, stem: Stem) -> Path:
    scan = Scan()
    with Writer(folder, stem, Sealing(PASSPHRASE, SOP)) as writer:  # PBKDF2 is 4 s of each drill
        writer.add(names.SQL, dumped.dump(scan))
        database, roles = b"".join(dumped.database()), b"".join(dumped.roles())
        writer.add(names.DATABASE, compress([database]))
        writer.add(names.GLOBALS, compress([roles]))
        plain = {"sql": scan.size, "database": len(database), "globals": len(roles)}
        facts = {"server": scan.needed.among(dumped.facts()), "dump": scan.result(), "plain": plain}
        writer.add(names.CONTENTS, compress([Contents.model_validate(facts).encode()]))
        writer.finish("", Chain())
    return writer.path


@pytest.fixture
def bundle(bundle_path: Path) -> Iterator[Bundle]:
    with Bundle.open(bundle_path) as opened:
        opened.authenticate(Keys.of(PASSPHRASE))
        yield opened


@pytest.fixture
def copy(server: PostgreSQL, bundle: Bundle) -> Iterator[PgDump]:
    """The restored database."""
    target = prepared(source(server, "drilled").server)
    load(bundle, target, "drilled_copy")
    yield source(server, "drilled_copy")
    server.psql("drop database drilled_copy")


def drilled(bundle: Bundle) -> Drilled:
    with throwaway(bundle.contents.server, None, "1g") as server:
        return drill(bundle, server, assertions=["select count(*) = 1000 from item"])


def test_a_good_backup_is_the_same_by_stock_openssl_in_a_server_of_its_own(bundle: Bundle) -> None:
    found = drilled(bundle)
    assert found.proof.differences == ()
    assert found.server.startswith("embedded PostgreSQL 18.")
    assert found.opened_by.startswith("OpenSSL ")
    assert bundle.decrypt is by_openssl
    assert "the materialised view public.seen was made again: 1 rows, not compared" in found.proof.notes
    assert "public.child has its columns in another order, and the same rows" in found.proof.notes
    assert any(note.startswith("PostgreSQL itself prints anew: ") for note in found.proof.notes)


class OnAServerWithMore(PgDump):
    """A dump of a server that has an extension which the embedded ones do not have, and needs it."""

    def text(self, scan: Scan) -> Iterator[bytes]:
        yield from super().text(scan)
        scan.needed.hear(b"CREATE EXTENSION postgis;")

    def facts(self) -> ServerFacts:
        facts = super().facts()
        return facts.model_copy(update={"extensions": {**facts.extensions, "postgis": "3.4.2"}, "ctype": "xx_XX.UTF-8"})


@pytest.mark.usefixtures("bundle_path")  # it makes the database
def test_what_the_throwaway_server_lacks_is_told_at_once_before_anything_is_loaded(
    server: PostgreSQL, tmp_path: Path
) -> None:
    dumped = OnAServerWithMore(source(server, "drilled").server)
    dumped.prepare()
    path = backed_up(dumped, tmp_path, STEM)
    with Bundle.open(path) as bundle:
        bundle.authenticate(Keys.of(PASSPHRASE))
        with pytest.raises(SourceError) as refused:
            drilled(bundle)
    assert refused.value.message == (
        "this server cannot take the database: it needs the extension postgis; "
        "the operating system's locale xx_XX.UTF-8"
    )
    assert "drill = { image = " in refused.value.hint


class OnAnOlderServer(PgDump):
    """A dump of the major before."""

    def facts(self) -> ServerFacts:
        return super().facts().model_copy(update={"server_version": "17.9", "server_version_num": 170009})


def test_across_majors_what_each_prints_in_its_own_words_is_noted_as_not_compared(
    server: PostgreSQL, tmp_path: Path
) -> None:
    server.psql("create database older")
    server.psql("create table t as select 1 as a", "older")
    dumped = OnAnOlderServer(source(server, "older").server)
    dumped.prepare()
    path = backed_up(dumped, tmp_path, STEM)
    server.psql("drop database older")
    with Bundle.open(path) as made:
        made.authenticate(Keys.of(PASSPHRASE))
        with throwaway(made.contents.server, None, "1g") as newer:
            found = drill(made, newer)
    assert found.server.startswith("embedded PostgreSQL 18.")
    assert found.proof.differences == ()
    assert found.proof.notes == (
        "definitions, the database's own properties and the roles were not compared: from PostgreSQL 17.9 to 18",
    )


def test_where_there_is_no_docker_the_embedded_server_is_taken_and_that_is_said(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """As on a host that only has the off-site store and the plan."""
    monkeypatch.setenv("PATH", str(tmp_path))
    assert origin(Compose("/srv/compose.yml", "postgres")) is None
    assert "there is no docker here" in caplog.text
    with pytest.raises(SourceError):  # it was asked for by name
        origin(Compose("/srv/compose.yml", "postgres"), "postgres:17")


def test_a_dump_that_is_newer_than_all_embedded_servers_needs_an_image() -> None:
    facts = SERVER.model_copy(update={"server_version_num": 990001})
    with pytest.raises(BackuptoolError, match="the dump is of PostgreSQL 99") as caught, throwaway(facts, None, ""):
        raise AssertionError("it started")
    assert "drill = { image = " in caught.value.hint


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ("update item set note = 'b' where id = 1000", "public.item: different: row 1000"),
        ("drop index item_note_idx", "INDEX public.item_note_idx is missing"),
        ("select lo_unlink(4711)", "0 large objects, not 1"),
        ("select lo_put(4711, 0, 'S')", "a large object has other content (of 1)"),
        ("select setval('seq', 42)", "a sequence stands elsewhere: SELECT pg_catalog.setval('public.seq', 41, true);"),
        ("update pg_extension set extversion = '0.9'", "the extension plpgsql is 0.9, and was 1.0"),
        ("revoke select on item from public", "ACL public.TABLE item is missing"),
        ("update child set c = 'y'", "public.child: different: row 1"),
        ("alter table abroad drop constraint abroad_v_check", "FOREIGN TABLE public.abroad has another definition"),
        ("alter table varied drop constraint varied_v_check", "TABLE public.varied has another definition"),
    ],
)
def test_what_was_changed_in_the_copy_is_named(
    server: PostgreSQL, copy: PgDump, bundle: Bundle, change: str, told: str
) -> None:
    server.psql(change, "drilled_copy")
    first, *others = prove(bundle, copy).differences
    assert first == told
    assert all(other.startswith("the large objects' owners") for other in others)  # of one that is gone


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (
            "alter database drilled_copy set work_mem = '6MB'",
            ["is missing: ALTER DATABASE {} SET work_mem TO", "is new: ALTER DATABASE {} SET work_mem TO"],
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
            "alter database drilled_copy owner to drilled_user",
            ["is missing: ALTER DATABASE {} OWNER TO postgres", "is new: ALTER DATABASE {} OWNER TO drilled_user"],
        ),
    ],
)  # fmt: skip
def test_what_the_database_itself_lost_is_named(
    server: PostgreSQL, copy: PgDump, bundle: Bundle, change: str, told: list[str]
) -> None:
    server.psql(change)
    prefix, found = "of the database's own properties ", prove(bundle, copy).differences
    assert {prefix + one.format('"drilled_copy"') for one in told} <= set(found)
    assert all(one.startswith(prefix) for one in found)
    assert "MB" not in "".join(found)  # a value may be a secret


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


def test_an_assertion_that_is_not_true_or_fails_is_a_difference(copy: PgDump, bundle: Bundle) -> None:
    wrong = ["select count(*) > 1000 from item", "select nonsense", "select 1"]
    told = prove(bundle, copy, ["select true", *wrong]).differences
    assert [line.partition(":")[0] for line in told] == [
        "the assertion is not true", "the assertion failed", "the assertion is not true",
    ]  # fmt: skip


def test_tablespaces_that_a_script_dumps_are_there_for_the_drill(server: PostgreSQL, tmp_path: Path) -> None:
    """pg_dump by itself says where rows lie."""
    with postgresql(settings={"allow_in_place_tablespaces": "on"}) as own:
        own.psql("create tablespace \"Fast disk\" location ''")
        own.psql("create database placed")
        own.psql('create table t (a int) tablespace "Fast disk"; insert into t values (1)', "placed")
        script = tmp_path / "backup"
        script.write_text(
            f"#!/bin/sh\n{own.programs}/pg_dump -h {own.socket} -U postgres placed > {tmp_path}/dump.sql\n"
        )
        script.chmod(0o755)
        path = backed_up(Script(source(own, "placed"), (str(script),), str(tmp_path)), tmp_path, STEM)
    with Bundle.open(path) as made:
        made.authenticate(Keys.of(PASSPHRASE))
        assert made.contents.server.tablespaces == ("Fast disk",)
        target = prepared(Server(Local(str(server.programs)), "broker", "postgres", str(server.socket)))
        with pytest.raises(SourceError, match="it needs the tablespace Fast disk"):
            refuse_unless_fit(target, made.contents.server)
        with throwaway(made.contents.server, None, "1g") as empty:
            assert drill(made, empty).proof.differences == ()


OWN_SETTINGS = """
    create role keeper_of_parts;
    create table parts (at timestamptz default '2026-11-25 04:00+00') partition by range (at);
    create table part partition of parts for values from ('2026-01-01 00:00+00') to ('2027-01-01 00:00+00');
    insert into parts default values;
    alter table parts owner to keeper_of_parts;
    alter database scripted set timezone = 'Asia/Kathmandu';
    alter database scripted set quote_all_identifiers = on;
    create subscription abroad connection 'host=abroad.invalid' publication p with (connect = false);
"""


@pytest.fixture(scope="module")
def scripted(server: PostgreSQL) -> Iterator[PostgreSQL]:
    """A server with the database `scripted`, of which a script may dump much as it likes."""
    server.psql("create database scripted template template0 encoding 'LATIN1' locale 'C'")
    server.psql(MADE + OWN_SETTINGS, "scripted")
    yield server
    drop(prepared(source(server, "scripted").server), "scripted", force=False)
    server.psql("drop role keeper_of_parts")


@pytest.mark.parametrize(
    "options",
    [
        "", "--clean --if-exists", "--no-owner --no-acl", "--verbose", "--column-inserts --no-owner",
        "--column-inserts --rows-per-insert=300 --on-conflict-do-nothing",
    ],
)  # fmt: skip
def test_what_a_containers_own_script_dumped_is_the_same(scripted: PostgreSQL, tmp_path: Path, options: str) -> None:
    """Without --no-tablespaces, under the database's own settings. In another encoding than template0, with a
    subscription: so is the copy's own copy, by which it is told what PostgreSQL itself prints anew."""
    script = tmp_path / "backup"
    pg_dump = f"{scripted.programs}/pg_dump -h {scripted.socket} -U postgres {options} scripted"
    script.write_text(f"#!/bin/sh\n{pg_dump} > {tmp_path}/dump.sql 2> {tmp_path}/said\n")
    script.chmod(0o755)
    path = backed_up(Script(source(scripted, "scripted"), (str(script),), str(tmp_path)), tmp_path, STEM)
    with Bundle.open(path) as made:
        made.authenticate(Keys.of(PASSPHRASE))
        target = prepared(source(scripted, "scripted").server)
        load(made, target, "scripted_copy")
        copy = source(scripted, "scripted_copy")
        try:
            assert prove(made, copy).differences == ()
            copy.server.query("alter table public.part add check (at is not null)")
            assert prove(made, copy).differences == ("TABLE public.part has another definition",)
            copy.server.query("update public.item set note = 'b' where id = 1000")
            item = "TABLE DATA public.item has other rows" if "ins" in options else "public.item: different: row 1000"
            assert set(prove(made, copy).differences) == {item, "TABLE public.part has another definition"}
        finally:
            drop(target, "scripted_copy", force=False)
