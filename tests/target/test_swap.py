"""A database with data gives its name to a new one at once, keeps what it has, and stays until it is dropped."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, suppress
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from threading import Event, Thread

import pytest

from backuptool.embedded.postgresql import PostgreSQL
from backuptool.errors import BackuptoolError, SourceError, UsageError
from backuptool.shells.local import Local
from backuptool.sources.server import Server
from backuptool.sources.session import session
from backuptool.target import Replacing, drop_replaced, new_database, prepared, replaced
from backuptool.target import swap as swapping
from backuptool.target.replaced import dated, free_name

ROLES = ("app", "guest", "reader")
OTHERS = "select datname from pg_database where datname not in ('broker', 'postgres', 'template0', 'template1')"
FORCE = Replacing(force=True)


@pytest.fixture
def target(server: PostgreSQL) -> Iterator[Server]:
    """A server by its maintenance database, with some roles and the database `live`, which has data."""
    for role in ROLES:
        server.psql(f"create role {role} login")
    server.psql("create database live")
    server.psql("create table precious as select 42 as answer", "live")
    yield prepared(Server(Local(str(server.programs)), "broker", "postgres", str(server.socket)))
    for name in server.psql(OTHERS).replace('"', '""').splitlines():
        server.psql(f'alter database "{name}" is_template false; drop database "{name}" with (force)')
    for role in ROLES:
        server.psql(f"drop role {role}")


def load(
    target: Server, replacing: Replacing | None, then: Callable[[str], object] = lambda _: None, name: str = "live"
) -> None:
    """A restore of one table, and what comes `then`, before it is done; told the new database's name."""
    with new_database(target, name, replacing) as new:
        target.query(f'create database "{new}" template template0')
        target.on(new).query("create table public.restored ()")
        then(new)


def tables(server: PostgreSQL, name: str) -> str:
    return server.psql("select string_agg(relname, ' ') from pg_class where relkind = 'r' and oid >= 16384", name)


def kept(target: Server, name: str = "live") -> str:
    (one,) = replaced(target, name)
    return one.name


def sleeping(server: PostgreSQL) -> set[str]:
    """The processes of sessions that would sleep for long."""
    return set(server.psql("select pid from pg_stat_activity where query like 'select pg_sleep(600)%'").split())


class Slower(Server):
    """Another restore swaps first, and keeps what was live under the name that this one has chosen."""

    def execute(self, chunks: Iterable[bytes], *args: str, options: str = "") -> None:
        text = b"".join(chunks)
        (name,) = re.findall(rb'rename to ("live_replaced_\w+")', text)
        self.query(f"alter database live rename to {name.decode()}")
        self.query("create database live")
        super().execute([text], *args, options=options)


class TestASwap:
    def test_that_comes_second_in_the_same_second_is_no_success(self, target: Server, server: PostgreSQL) -> None:
        slower = Slower(**{one.name: getattr(target, one.name) for one in fields(target) if one.init})
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
        for one in replaced(target, "latin1"):
            mark = f"kept by backuptool as {one.name} since a restore replaced latin1"
            assert comment(server, one.name) == f"it's \\366\n{mark}"


def comment(server: PostgreSQL, name: str) -> str:
    """As it is stored, in ASCII."""
    said = f"select shobj_description(oid, 'pg_database') from pg_database where datname = '{name}'"  # noqa: S608
    return server.psql(f"select encode(textsend(({said})), 'escape')")


def described(server: PostgreSQL, name: str) -> str:
    """What pg_dump -C would say of the database, as the catalogs have it."""
    return server.psql(f"""
        select rolname, datconnlimit, datistemplate, datallowconn, shobj_description(d.oid, 'pg_database'),
            (select array_agg(acl::text order by acl::text) from unnest(datacl) acl),
            (select array_agg(setrole::regrole::text || setconfig::text order by 1) from pg_db_role_setting
             where setdatabase = d.oid)
        from pg_database d join pg_roles r on r.oid = datdba where datname = '{name}'
    """)  # noqa: S608 - a name of this file


class TestSessionsInIt:
    def test_are_said_before_anything_is_loaded(
        self, target: Server, server: PostgreSQL, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("backuptool.target.database.PATIENCE", 0)
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


class TestTheDatedName:
    MOMENT = datetime(2026, 11, 25, 4, 15, tzinfo=UTC)

    @pytest.mark.parametrize(
        ("name", "beginning"),
        [("live", "live"), ("x" * 63, "x" * 36), ("ü" * 30, "ü" * 18), ("xü" * 20, "xü" * 12), ("😀" * 15, "😀" * 9)],
    )
    def test_has_as_much_of_the_name_as_there_is_room_for(self, name: str, beginning: str) -> None:
        made = dated(name, self.MOMENT.astimezone())
        assert made == f"{beginning}_replaced_2026_11_25t041500"
        assert len(made.encode()) <= 63

    def test_is_another_one_when_it_is_taken(self, target: Server, server: PostgreSQL) -> None:
        for more in (0, 1):
            server.psql(f"create database {dated('live', self.MOMENT + timedelta(seconds=more))} template template0")
        assert free_name(target, "live", self.MOMENT) == "live_replaced_2026_11_25t041502"


class TestWhatIsNotOurs:
    def test_is_not_dropped(self, target: Server, server: PostgreSQL) -> None:
        server.psql("create database live_replaced_2026_11_25t041500")
        for name in ("live", "live_replaced_2026_11_25t041500", "broker", "none"):
            with pytest.raises(UsageError, match="is no database that a restore replaced: it stays"):
                drop_replaced(target, name)
        assert replaced(target, "live") == []

    def test_is_what_somebody_took_back(self, target: Server, server: PostgreSQL) -> None:
        server.psql("comment on database live is 'mine'")
        load(target, Replacing())
        server.psql(f"drop database live; alter database {kept(target)} rename to live;"
                    " alter database live allow_connections true")  # fmt: skip
        assert replaced(target, "live") == []
        with pytest.raises(UsageError):
            drop_replaced(target, "live")
        assert tables(server, "live") == "precious"
        load(target, Replacing())  # and it can be replaced again
        assert len(replaced(target, "live")) == 1
        assert "|mine|" in described(server, "live")

    def test_is_one_whose_name_only_begins_alike(self, target: Server, server: PostgreSQL) -> None:
        one, other = f"{'x' * 40}_one", f"{'x' * 40}_other"
        server.psql(f"create database {one}")
        load(target, Replacing(), name=one)
        assert (len(replaced(target, one)), replaced(target, other)) == (1, [])

    def test_stays_while_somebody_is_in_it(self, target: Server, server: PostgreSQL) -> None:
        load(target, Replacing())
        server.psql(f"alter database {kept(target)} allow_connections true")
        with session(target.on(kept(target))) as somebody:
            somebody.ask("select 1")
            with pytest.raises(SourceError, match="is being accessed by other users"):
                drop_replaced(target, kept(target))
        drop_replaced(target, kept(target))
        assert replaced(target, "live") == []
