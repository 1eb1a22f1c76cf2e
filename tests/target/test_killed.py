"""What a killed restore left is dropped or opened by the next one, and said."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest

from backuptool.embedded.postgresql import PostgreSQL
from backuptool.sources.server import Server
from backuptool.sources.session import session
from backuptool.sources.sql import literal
from backuptool.target.running import UNFINISHED, close, running
from tests.target.loading import databases, load, watched


@pytest.fixture
def target(server: PostgreSQL) -> Iterator[Server]:
    with watched(server) as made:
        yield made


def ended(server: PostgreSQL) -> None:
    """The lock of a restore goes when the server has seen that its client has gone, a little after that."""
    while server.psql("select count(*) from pg_locks where locktype = 'advisory'") != "0":
        pass


class TestWhatAKilledRestoreLeft:
    def test_is_dropped_and_said(self, target: Server, server: PostgreSQL, caplog: pytest.LogCaptureFixture) -> None:
        server.psql(f"create database {UNFINISHED}fedcba98")
        load(target, "target")
        assert f"dropped {UNFINISHED}fedcba98, which a killed restore left" in caplog.text
        server.psql("drop database target")

    def test_is_told_from_what_runs(self, target: Server, server: PostgreSQL, caplog: pytest.LogCaptureFixture) -> None:
        caplog.set_level(logging.INFO)

        def another(new: str) -> None:
            load(target, "target")
            assert new in databases(server)

        load(target, "slow", another)
        assert caplog.text == ""
        assert "slow|t target|t" in databases(server)
        server.psql("drop database target")
        server.psql("drop database slow")

    def test_stays_while_somebody_is_in_it(
        self, target: Server, server: PostgreSQL, caplog: pytest.LogCaptureFixture
    ) -> None:
        server.psql(f"create database {UNFINISHED}00000000")
        with session(target.on(f"{UNFINISHED}00000000")) as somebody:
            somebody.ask("select 1")
            load(target, "target")
        assert f"{UNFINISHED}00000000, left by a killed restore, stays" in caplog.text
        server.psql(f"drop database {UNFINISHED}00000000")
        server.psql("drop database target")

    def test_is_nothing_that_only_begins_so(self, target: Server, server: PostgreSQL) -> None:
        for name in (f"{UNFINISHED}0000000g", f"{UNFINISHED}000000000", f"my_{UNFINISHED}00000000"):
            server.psql(f"create database {name}")
        load(target, "target")
        for name in (f"{UNFINISHED}0000000g", f"{UNFINISHED}000000000", f"my_{UNFINISHED}00000000", "target"):
            server.psql(f"drop database {name}")

    @pytest.mark.parametrize("comment", ["", "it's \\ ours\nand ünï"])
    def test_a_database_that_it_closed_is_open_again_with_the_comment_it_had(
        self, target: Server, server: PostgreSQL, caplog: pytest.LogCaptureFixture, comment: str
    ) -> None:
        target.query("create database other")
        target.query(f"comment on database other is {literal(comment)}")
        with running(target) as number:
            close(target, "other", number)
            load(target, "first")
            assert "other|f" in databases(server)
        ended(server)
        load(target, "second")
        assert "other, which a killed restore had closed, is open again" in caplog.text
        about = "select coalesce(shobj_description(oid, 'pg_database'), '') from pg_database where datname = 'other'"
        assert target.query(f"{about} and datallowconn") == [[comment]]
        for name in ("other", "first", "second"):
            server.psql(f"drop database {name}")

    def test_a_database_that_it_closed_has_the_comment_in_its_own_encoding_again(
        self, target: Server, server: PostgreSQL
    ) -> None:
        server.psql("create database latin1 template template0 encoding 'LATIN1' locale 'C'")
        server.psql("comment on database latin1 is U&'\\00f6'", "latin1")
        with running(target) as number:
            close(target, "latin1", number)
        ended(server)
        load(target, "target")
        said = "select shobj_description(oid, 'pg_database') from pg_database where datname = 'latin1' and datallowconn"
        assert server.psql(f"select encode(textsend(({said})), 'escape')") == r"\366"
        for name in ("latin1", "target"):
            server.psql(f"drop database {name}")

    def test_a_database_that_somebody_else_closed_stays_closed(self, target: Server, server: PostgreSQL) -> None:
        server.psql("create database other")
        server.psql("alter database other with allow_connections false")
        load(target, "first")
        assert "other|f" in databases(server)
        for name in ("other", "first"):
            server.psql(f"drop database {name}")
