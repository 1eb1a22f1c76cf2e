"""A database with data gives its name to a new one at once, keeps what it has, and stays until it is dropped."""

from __future__ import annotations

import dataclasses
import logging
import re
from collections.abc import Iterable

import pytest

from backuptool.embedded.postgresql import PostgreSQL
from backuptool.errors import BackuptoolError, SourceError
from backuptool.sources.server import Server
from backuptool.target import Replacing, prepared, replaced
from tests.target.live import FORCE, OTHERS, described, kept, load, tables


class Slower(Server):
    """Another restore swaps first, and keeps what was live under the name that this one has chosen."""

    def execute(self, chunks: Iterable[bytes], *args: str, options: str = "") -> None:
        text = b"".join(chunks)
        for name in re.findall(rb'rename to ("live_replaced_\w+")', text):
            self.query(f"alter database live rename to {name.decode()}")
            self.query("create database live")
        super().execute([text], *args, options=options)


BY_ANOTHER = """
    grant connect on database live to reader with grant option;
    set role reader;
    grant connect on database live to guest;
"""


def by_app(target: Server) -> Server:
    """The same server, as a role that is no superuser."""
    return prepared(dataclasses.replace(target, user="app"))


class TestASwap:
    def test_that_comes_second_in_the_same_second_is_no_success(self, target: Server, server: PostgreSQL) -> None:
        slower = Slower(**{one.name: getattr(target, one.name) for one in dataclasses.fields(target) if one.init})
        with pytest.raises(SourceError, match="already exists"):
            load(slower, Replacing())
        assert tables(server, "live") == ""
        assert server.psql("select count(*) from pg_database where datname ~ 'unfinished'") == "0"

    def test_gives_the_name_to_the_new_one_and_keeps_the_old_one_closed(
        self, target: Server, server: PostgreSQL, caplog: pytest.LogCaptureFixture
    ) -> None:
        load(target, Replacing())
        assert tables(server, "live") == "restored"
        name = kept(target)
        assert re.fullmatch(r"live_replaced_20\d\d_\d\d_\d\dt\d{6}", name)
        assert f"what was live until now is kept as {name}; to drop it: restore --drop-old" in caplog.text
        with pytest.raises(BackuptoolError, match="not currently accepting connections"):
            server.psql("select 1", name)
        server.psql(f"alter database {name} allow_connections true")
        assert server.psql("select answer from precious", name) == "42"

    def test_is_made_of_any_name(self, target: Server, server: PostgreSQL) -> None:
        for name in ('it\'s "live"', "ü" * 31, "x" * 63):
            server.psql('create database "{}"'.format(name.replace('"', '""')))
            load(target, Replacing(), name=name)
            assert len(kept(target, name).encode()) <= 63

    def test_can_be_made_again_and_again(
        self, target: Server, server: PostgreSQL, caplog: pytest.LogCaptureFixture
    ) -> None:
        load(target, Replacing())
        first = kept(target)
        load(target, Replacing())
        assert re.search(rf"{first} \(\d+ kB\), which a restore replaced, is still there", caplog.text)
        assert len(replaced(target, "live")) == 2
        assert tables(server, "live") == "restored"

    def test_is_no_more_than_a_rename_where_nothing_is(self, target: Server, server: PostgreSQL) -> None:
        load(target, Replacing(), name="new")
        assert (tables(server, "new"), replaced(target, "new")) == ("restored", [])

    @pytest.mark.parametrize(
        ("has", "said"),
        [
            ("alter database live set session_replication_role = replica", "permission denied to set parameter"),
            (BY_ANOTHER, "permission denied to set role"),
        ],
    )
    def test_that_this_user_may_not_make_is_refused_before_the_load(
        self, target: Server, server: PostgreSQL, has: str, said: str
    ) -> None:
        server.psql(f"alter role app createdb; alter database live owner to app; {has}")
        before = described(server, "live")
        with pytest.raises(SourceError, match=said) as refused:
            load(by_app(target), Replacing(), lambda _: pytest.fail("it was loaded"))
        assert "superuser" in refused.value.hint
        assert described(server, "live") == before
        assert replaced(target, "live") == []

    def test_by_an_owner_keeps_what_an_owner_may_have(self, target: Server, server: PostgreSQL) -> None:
        server.psql("""
            alter role app createdb;
            alter database live owner to app;
            alter database live set work_mem = '5MB';
            alter database live connection limit 7;
            grant create on database live to reader with grant option;
            revoke temp on database live from public;
        """)
        before = described(server, "live")
        load(by_app(target), Replacing())
        assert described(server, "live") == before

    def test_is_not_made_when_the_load_fails(self, target: Server, server: PostgreSQL) -> None:
        with pytest.raises(SourceError, match="no_such_table"):
            load(target, FORCE, lambda new: target.on(new).query("table no_such_table"))
        assert server.psql(OTHERS) == "live"
        assert tables(server, "live") == "precious"


class TestWhatTheDatabaseHas:
    def test_stays_whatever_the_backup_has(
        self, target: Server, server: PostgreSQL, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.DEBUG)
        server.psql("""
            alter database live owner to app;
            alter database live connection limit 7;
            alter database live is_template true;
            comment on database live is 'it''s \\ : :"live"';
            alter database live set search_path to app, "$user", 'a "quoted", one';
            alter database live set "app.secret" to 's3cr3t; \\';
            alter role app in database live set search_path to '';
            alter role reader in database live set statement_timeout to '1500ms';
            revoke all on database live from public;
            grant connect on database live to reader with grant option;
            set role reader;
            grant connect on database live to guest;
        """)
        before = described(server, "live")

        def as_backed_up(new: str) -> None:
            target.query(
                f"alter database {new} owner to guest; alter database {new} set timezone to 'UTC';"
                f" alter role app in database {new} set work_mem to '1MB'; comment on database {new} is 'old';"
                f" grant create on database {new} to guest, reader; alter database {new} connection limit 1"
            )

        load(target, Replacing(), as_backed_up)
        assert tables(server, "live") == "restored"
        assert described(server, "live") == before
        assert "live keeps the owner, settings, grants, limit and comment it has" in caplog.text
        assert "s3cr3t" not in caplog.text

    def test_is_that_nobody_may_connect_too(self, target: Server, server: PostgreSQL) -> None:
        server.psql("alter database live allow_connections false")
        before = described(server, "live")
        load(target, Replacing())
        assert described(server, "live") == before
        server.psql("alter database live allow_connections true")
        assert tables(server, "live") == "restored"

    def test_is_no_tablespace_which_is_said(
        self, target: Server, server: PostgreSQL, caplog: pytest.LogCaptureFixture
    ) -> None:
        server.psql("set allow_in_place_tablespaces = on; create tablespace fast location ''")
        server.psql("create database placed tablespace fast")
        try:
            load(target, Replacing(), name="placed")
            assert "placed was in the tablespace fast, and is in pg_default now" in caplog.text
        finally:
            server.psql(f"drop database {kept(target, 'placed')}; drop tablespace fast")

    def test_that_is_as_the_backup_has_it_is_not_touched(
        self, target: Server, server: PostgreSQL, caplog: pytest.LogCaptureFixture
    ) -> None:
        server.psql("alter database live set timezone to 'UTC'")
        load(target, Replacing(), lambda new: target.query(f"alter database {new} set timezone to 'UTC'"))
        assert "keeps the owner" not in caplog.text
        assert server.psql("show timezone", "live") == "UTC"

    def test_is_the_comment_in_its_own_encoding_too(self, target: Server, server: PostgreSQL) -> None:
        """Bytes that are no UTF-8; the last begin a character of four, which would be `ö` and what is behind it."""
        server.psql("create database latin1 template template0 encoding 'LATIN1' locale 'C'")
        server.psql("comment on database latin1 is U&'it''s \\00f6'", "latin1")
        for _ in range(2):
            load(target, Replacing(), name="latin1")
            assert comment(server, "latin1") == r"it's \366"
        former = replaced(target, "latin1")
        assert len(former) == 2
        for one in former:
            mark = f"kept by backuptool as {one.name} since a restore replaced latin1"
            assert comment(server, one.name) == f"it's \\366\n{mark}"


def comment(server: PostgreSQL, name: str) -> str:
    """As it is stored, in ASCII."""
    said = f"select shobj_description(oid, 'pg_database') from pg_database where datname = '{name}'"  # noqa: S608
    return server.psql(f"select encode(textsend(({said})), 'escape')")
