"""A drill in a server of its own, or in one that lacks something: what it says of it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from backuptool.bundle import Bundle, Keys
from backuptool.contents import Scan, ServerFacts
from backuptool.drill import Drilled, drill
from backuptool.embedded.postgresql import PostgreSQL
from backuptool.errors import BackuptoolError, SourceError
from backuptool.shells.compose import Compose
from backuptool.sources.pg_dump import PgDump
from backuptool.stock import by_openssl
from backuptool.throwaway import origin, throwaway
from tests.bundle.sample import PASSPHRASE, SERVER, STEM
from tests.drill.conftest import backed_up
from tests.test_comparison import source


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
    assert re.sub(r"18\.\d+", "18", refused.value.message) == (
        "embedded PostgreSQL 18 cannot take the database: it needs the extension postgis; "
        "the operating system's locale xx_XX.UTF-8"
    )
    assert refused.value.hint == (
        'drill it in docker, in an image that has all of that: drill = { image = "…" } in the plan (which is named'
        " beside --file too)"
    )


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


def test_across_majors_another_version_of_an_extension_is_a_note(server: PostgreSQL, tmp_path: Path) -> None:
    """It is what each major brings: no update of the source's makes it that of the copy."""
    server.psql("create database older")
    try:
        server.psql("create extension vector", "older")
        server.psql("update pg_extension set extversion = '0.4.0' where extname = 'vector'", "older")
        ours = server.psql("select default_version from pg_available_extensions where name = 'vector'")
        dumped = OnAnOlderServer(source(server, "older").server)
        dumped.prepare()
        path = backed_up(dumped, tmp_path, STEM)
    finally:
        server.psql("drop database older")
    with Bundle.open(path) as made:
        made.authenticate(Keys.of(PASSPHRASE))
        with throwaway(made.contents.server, None, "1g") as newer:
            found = drill(made, newer)
    assert found.proof.differences == ()
    assert f"the extension vector is {ours}, and was 0.4.0" in found.proof.notes


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
