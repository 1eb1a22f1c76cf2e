"""What a container's own script dumps is drilled too."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from backuptool.bundle import Bundle, Keys
from backuptool.drill import drill
from backuptool.embedded.postgresql import PostgreSQL, postgresql
from backuptool.errors import SourceError
from backuptool.proof import prove
from backuptool.restore import load
from backuptool.shells.local import Local
from backuptool.sources.script import Script
from backuptool.sources.server import Server
from backuptool.target import drop, prepared, refuse_unless_fit
from backuptool.throwaway import throwaway
from tests.bundle.sample import PASSPHRASE, STEM
from tests.drill.conftest import MADE, backed_up
from tests.test_comparison import source


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
