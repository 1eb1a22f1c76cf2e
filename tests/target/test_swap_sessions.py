"""Who is in a database that is to be replaced, and who may not replace it."""

from __future__ import annotations

from contextlib import ExitStack, suppress
from dataclasses import replace
from threading import Event, Thread

import pytest

from backuptool.embedded.postgresql import PostgreSQL
from backuptool.errors import BackuptoolError, SourceError, UsageError
from backuptool.sources.server import Server
from backuptool.sources.session import session
from backuptool.target import Replacing, drop_replaced, new_database, prepared
from backuptool.target import swap as swapping
from tests.target.live import FORCE, OTHERS, described, kept, load, tables


def sleeping(server: PostgreSQL) -> set[str]:
    """The processes of sessions that would sleep for long."""
    return set(server.psql("select pid from pg_stat_activity where query like 'select pg_sleep(600)%'").split())


class TestSessionsInIt:
    def test_are_said_before_anything_is_loaded(
        self, target: Server, server: PostgreSQL, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("backuptool.target.database.PATIENCE", 0)
        while server.psql("select count(*) from pg_stat_activity where datname = 'live'") != "0":
            pass  # of who made it: a server ends the session of a client that has gone when it comes to it
        with ExitStack() as sessions:
            for user in ("guest", "guest", "app"):
                sessions.enter_context(session(prepared(replace(target, user=user)).on("live"))).ask("select 1")
            with pytest.raises(UsageError) as refused, new_database(target, "live", Replacing()):
                pytest.fail("the block must not be entered")
        told = "is in use, 3 sessions: 2 of guest (psql) from its socket, 1 of app (psql) from its socket"
        assert refused.value.message == f"the database live {told}; nothing was changed"
        assert "--force-disconnect" in refused.value.hint

    def test_that_come_meanwhile_stay_and_nothing_is_changed(self, target: Server, server: PostgreSQL) -> None:
        with ExitStack() as sessions:
            come = sessions.enter_context

            with pytest.raises(UsageError, match="is in use, 1 session: 1 of postgres"):
                load(target, Replacing(), lambda _: come(session(target.on("live"))).ask("select 1"))
            server.psql("insert into precious values (43)", "live")
        assert server.psql(OTHERS) == "live"

    def test_are_ended_by_force_also_when_they_come_again_and_again(self, target: Server, server: PostgreSQL) -> None:
        """Each stays until it is ended: on a busy machine all that end by themselves did so before they were."""
        stop = Event()

        def come_again() -> None:
            while not stop.is_set():
                with suppress(BackuptoolError):  # it was ended
                    server.psql("select pg_sleep(600)", "live")

        clients = [Thread(target=come_again) for _ in range(4)]
        for client in clients:
            client.start()
        try:
            while len(before := sleeping(server)) < 4:
                pass
            load(target, FORCE)
            assert not before & sleeping(server)
            while len(sleeping(server)) < 4:  # and here they are again, in the new one
                pass
        finally:
            stop.set()
            while any(client.is_alive() for client in clients):
                for pid in sleeping(server):
                    server.psql(f"select pg_terminate_backend({pid})")
        assert tables(server, "live") == "restored"
        assert kept(target)

    def test_of_a_superuser_are_not_ended_by_who_may_not(self, target: Server, server: PostgreSQL) -> None:
        server.psql("alter database live owner to app; alter role app createdb")
        with session(target.on("live")) as somebody:
            somebody.ask("select 1")
            with pytest.raises(UsageError) as refused:
                load(prepared(replace(target, user="app")), FORCE)
            somebody.ask("select 1")
        assert "sessions that this user may not end, 1 session: 1 of postgres (psql)" in refused.value.message
        assert "pg_signal_backend" in refused.value.hint

    def test_in_the_new_one_do_not_matter(self, target: Server, server: PostgreSQL) -> None:
        with ExitStack() as sessions:
            come = sessions.enter_context
            load(target, Replacing(), lambda new: come(session(target.on(new))).ask("select 1"))
        assert tables(server, "live") == "restored"


def test_a_lock_on_it_is_not_waited_for_while_nobody_gets_in(
    target: Server, server: PostgreSQL, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(swapping, "LOCK_TIMEOUT", "100ms")
    with session(target) as somebody:
        somebody.ask("begin; alter database live connection limit 5")
        with pytest.raises(UsageError, match="could not be had alone in 3 tries; nothing was changed"):
            load(target, FORCE)
    assert tables(server, "live") == "precious"


class TestWhoIsNoSuperuser:
    @pytest.fixture
    def owner(self, target: Server, server: PostgreSQL) -> Server:
        server.psql("alter database live owner to app; alter role app createdb")
        server.psql("alter table precious owner to app", "live")
        return prepared(replace(target, user="app"))

    def test_replaces_what_is_theirs_with_what_it_has(self, owner: Server, server: PostgreSQL) -> None:
        server.psql("alter database live set timezone to 'UTC'; grant create on database live to reader")
        before = described(server, "live")
        with session(owner.on("live")) as mine:
            mine.ask("select 1")
            load(owner, FORCE)
        assert tables(server, "live") == "restored"
        assert described(server, "live") == before
        drop_replaced(owner, kept(owner))

    @pytest.mark.parametrize(("user", "change"), [("app", "alter role app nocreatedb"), ("guest", "select 1")])
    def test_is_told_what_they_lack_before_anything_is_loaded(
        self, owner: Server, server: PostgreSQL, user: str, change: str
    ) -> None:
        server.psql(change)
        with pytest.raises(UsageError) as refused, new_database(replace(owner, user=user), "live", FORCE):
            pytest.fail("the block must not be entered")
        assert refused.value.message == f"the role {user} may not rename the database live"
        assert "CREATEDB" in refused.value.hint

    def test_who_may_not_set_what_it_has_changes_nothing(self, owner: Server, server: PostgreSQL) -> None:
        server.psql("alter database live set log_min_duration_statement to 0")
        with pytest.raises(SourceError, match="permission denied to set parameter"):
            load(owner, FORCE)
        assert (tables(server, "live"), server.psql(OTHERS)) == ("precious", "live")
