"""`restore` on the command line: what it loads, what ends it, and that nothing half-done stays."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from backuptool.embedded.postgresql import PostgreSQL, postgresql
from backuptool.errors import BackuptoolError
from tests.cli.quick import QUICK
from tests.cli.test_round_trip import Host, made_host

LEFT = "select datname from pg_database where datname like 'backuptool%' or datname = 'copy'"
# In the copy an index is built for as long as the test wants: a file says when it may go on.
SLOW = """
create function wait(n int) returns int immutable language plpgsql as $$ begin
    while current_database() <> 'small' and (pg_stat_file('{}', true)).size is null loop
        perform pg_sleep(0.02);
    end loop;
    return n; end $$;
create table t as select 1 as n;
create index on t (wait(n));
"""


@pytest.fixture
def host(tmp_path: Path, server: PostgreSQL) -> Iterator[Host]:
    """A host with a plan for the new, empty database `small`."""
    made = made_host(tmp_path, server)
    made.config.write_text(made.config.read_text().replace('database = "broker"', 'database = "small"'))
    server.psql("create database small")
    yield made
    server.psql("drop database small")
    assert server.psql(LEFT) == ""


@pytest.fixture
def slow(host: Host) -> Iterator[Host]:
    """The same with a backup whose restore waits in the middle, until there is a file `go`."""
    host.server.psql(SLOW.format(go(host)), "small")
    host.ok("backup")
    yield host
    go(host).unlink(missing_ok=True)


def go(host: Host) -> Path:
    """Where the server can look."""
    return host.server.socket / "go"


@contextmanager
def restoring(host: Host, name: str = "copy") -> Iterator[subprocess.Popen[str]]:
    """A restore into `name` that has come to the index; it has ended after this block, also when that fails."""
    argv = [*QUICK, "--config", str(host.config), "restore", "--into", name]
    environment = {"PATH": os.environ["PATH"], "HOME": str(host.folder)}
    others = at_the_index(host)
    pipe = subprocess.PIPE
    with subprocess.Popen(argv, env=environment, stdout=pipe, stderr=pipe, text=True) as tool:
        try:
            while at_the_index(host) <= others and tool.poll() is None:
                pass
            assert tool.returncode is None, tool.communicate()[1]
            yield tool
        finally:
            tool.kill()


def at_the_index(host: Host) -> int:
    sessions = "pg_stat_activity where datname like 'backuptool_unfinished%' and query like 'CREATE INDEX%'"
    return int(host.server.psql(f"select count(*) from {sessions}"))  # noqa: S608 - constants


class TestASignal:
    @pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
    def test_in_the_middle_of_an_index_leaves_nothing(self, slow: Host, number: signal.Signals) -> None:
        with restoring(slow) as tool:
            tool.send_signal(number)
            said = tool.communicate()[1]
        assert (tool.returncode, said.count("\n")) == (128 + number, 1), said
        assert slow.server.psql(LEFT) == ""
        assert at_the_index(slow) == 0

    def test_that_kills_leaves_what_the_next_run_removes(self, slow: Host) -> None:
        with restoring(slow) as tool:
            tool.kill()
        left = slow.server.psql(LEFT)
        assert left.startswith("backuptool_unfinished_")
        go(slow).touch()
        while at_the_index(slow):  # the server sees that its client has gone when the index is made
            pass
        done = slow.tool("restore", "--into", "copy")
        assert done.returncode == 0, done.stderr
        assert f"dropped {left}, which a killed restore left" in done.stderr
        assert slow.server.psql(LEFT) == "copy"
        slow.server.psql("drop database copy")


def test_a_restore_that_runs_is_left_alone_by_another(slow: Host) -> None:
    with restoring(slow, "copy") as first, restoring(slow, "also") as second:
        assert at_the_index(slow) == 2
        go(slow).touch()
        said = first.communicate(), second.communicate()
    assert (first.returncode, second.returncode) == (0, 0), said
    for name in ("copy", "also"):
        slow.server.psql(f"drop database {name}")


def test_a_database_written_to_meanwhile_stays(slow: Host) -> None:
    slow.server.psql("create database copy")
    with restoring(slow) as tool:
        slow.server.psql("create table precious as select 42 as answer", "copy")
        go(slow).touch()
        said = tool.communicate()[1]
    assert (tool.returncode, "the database copy exists and has tables (1)" in said) == (2, True), said
    assert slow.server.psql("select answer from precious", "copy") == "42"
    slow.server.psql("drop database copy")


@pytest.mark.parametrize("name", ["\udcff", "two\nlines", "two\rlines", "postgres", "template1", "template0"])
def test_a_name_that_is_none_or_has_another_purpose_is_refused(host: Host, name: str) -> None:
    host.ok("backup")
    done = host.tool("-v", "restore", "--into", name)
    assert (done.returncode, "hint: name a new" in done.stderr or "hint: --into" in done.stderr) == (2, True)
    assert "making" not in done.stderr
    assert "lines" not in done.stderr.splitlines()


def test_a_name_that_commands_a_terminal_is_shown_and_used_as_it_is(host: Host) -> None:
    name = "a \x1b[2J'\"b"
    host.ok("backup")
    assert host.ok("restore", "--into", name).splitlines()[0].endswith(": restored into a \\x1b[2J'\"b")
    host.server.psql("create table t ()", name)
    done = host.tool("-v", "restore", "--into", name)
    assert (done.returncode, "\x1b" in done.stderr) == (2, False)
    assert "the database a \\x1b[2J'\"b exists and has tables (1)" in done.stderr
    host.server.psql('''drop database "a \x1b[2J'""b"''')


def test_more_large_objects_than_a_transaction_can_lock(host: Host) -> None:
    host.server.psql("select count(lo_from_bytea(0, int4send(n))) from generate_series(1, 15000) n", "small")
    host.server.psql("select count(lo_from_bytea(0, int4send(n))) from generate_series(1, 15000) n", "small")
    host.ok("backup")
    done = host.tool("-v", "restore", "--into", "copy")
    assert done.returncode == 0, done.stderr
    assert "loading again" not in done.stderr
    objects = "select count(*) || md5(string_agg(lo_get(oid)::text, '' order by oid)) from pg_largeobject_metadata"
    assert host.server.psql(objects, "copy") == host.server.psql(objects, "small")
    host.server.psql("drop database copy")


def test_a_database_with_a_statement_timeout_is_loaded_and_analyzed_without_it(host: Host) -> None:
    host.server.psql("create function unhurried(n int) returns int immutable language plpgsql as $$ begin"
                     " if current_setting('statement_timeout') <> '0' then raise 'hurried'; end if; return n; end $$;"
                     " create table t as select generate_series(1, 6) as n; create index on t (unhurried(n));"
                     " alter database small set statement_timeout = '1h';"
                     " alter database small set default_transaction_read_only = on", "small")  # fmt: skip
    with pytest.raises(BackuptoolError, match="hurried"):
        host.server.psql("select unhurried(1)", "small")
    host.ok("backup")
    done = host.tool("restore", "--into", "copy")
    assert (done.returncode, done.stderr) == (0, "")
    assert host.server.psql("select reltuples from pg_class where relname = 't'", "copy") == "6"
    assert host.server.psql("show statement_timeout", "copy") == "1h"
    host.server.psql("drop database copy")


def test_statistics_that_cannot_be_gathered_are_a_warning(host: Host) -> None:
    host.server.psql("create function picky(n int) returns int immutable language plpgsql as $$ begin"
                     " if current_query() ilike 'analyze%' and current_database() <> 'small' then raise 'no'; end if;"
                     " return n; end $$;"
                     " create table t as select 1 as n; create index on t (picky(n));", "small")  # fmt: skip
    host.ok("backup")
    done = host.tool("restore", "--into", "copy")
    assert (done.returncode, "has no statistics (ANALYZE): " in done.stderr) == (0, True), done.stderr
    host.server.psql("drop database copy")


def test_an_error_is_told_without_its_code_and_nothing_stays(host: Host) -> None:
    host.server.psql("create table helped (n int); create function checked(int) returns bool language sql as"
                     " 'select exists (select from helped where n is not null) or true';"
                     " create table t (n int check (checked(n))); insert into t values (1)", "small")  # fmt: skip
    host.ok("backup")
    done = host.tool("restore", "--into", "copy")
    lines = done.stderr.splitlines()
    assert (done.returncode, len(lines)) == (5, 2), done.stderr
    assert lines[0].endswith('ERROR:  relation "helped" does not exist (in the function checked)')


class TestWithoutAConfiguration:
    """What is left after a disaster: a bundle, its passphrase, a server."""

    def test_a_bundle_a_passphrase_and_a_server_are_enough(self, host: Host) -> None:
        host.ok("backup")
        bundle, empty = host.bundle(), host.folder / "nothing here"
        empty.mkdir()
        words = ["restore", "--file", str(bundle), "--passphrase-file", str(host.folder / "passphrase.txt")]
        to = ["--to-shell", "local", "--to-host", str(host.server.socket), "--to-user", "postgres"]
        path = f"{host.server.programs}:{os.environ['PATH']}"
        done = host.run(*words, *to, "--database", "from_nothing", PATH=path, HOME=str(empty))
        assert done.returncode == 0, done.stderr
        assert done.stdout.startswith(f"{bundle.name}: restored into from_nothing\n  compared: ")
        assert host.server.psql("select 1", "from_nothing") == "1"
        host.server.psql("drop database from_nothing")

    @pytest.mark.parametrize("shell", ["nowhere", "docker", "ssh:", "compose:postgres", "container:"])
    def test_what_is_no_shell_is_said(self, host: Host, shell: str) -> None:
        host.ok("backup")
        words = ["restore", "--file", str(host.bundle()), "--passphrase-file", str(host.folder / "passphrase.txt")]
        done = host.run(*words, "--to-shell", shell)
        assert (done.returncode, "is no shell" in done.stderr) == (2, True)

    def test_passwords_of_roles_that_are_there_are_given_on_an_empty_server_only(self, host: Host) -> None:
        host.ok("backup")
        done = host.tool("restore", "--into", "copy", "--roles-passwords")
        assert (done.returncode, "the server has another database, " in done.stderr) == (2, True)
        done = host.tool("restore", "--replace", "--roles-passwords")
        assert (done.returncode, "--roles-passwords is for a server without any data" in done.stderr) == (2, True)
        host.server.psql("create role early login password 'first'")
        host.ok("backup")
        before = host.server.psql("select rolpassword from pg_authid where rolname = 'early'")
        host.server.psql("alter role early password 'second'")
        with postgresql() as empty:
            empty.psql("create role early login password 'third'")
            words = ["--file", str(host.bundle()), "--passphrase-file", str(host.folder / "passphrase.txt")]
            to = ["--to-shell", "local", "--to-host", str(empty.socket), "--to-user", "postgres", "--roles-passwords"]
            done = host.run("restore", *words, *to, PATH=f"{empty.programs}:{os.environ['PATH']}")
            assert done.returncode == 0, done.stderr
            assert empty.psql("select rolpassword from pg_authid where rolname = 'early'") == before
        host.server.psql("drop role early")

    def test_passwords_that_this_user_may_not_give_are_said_before_the_load(self, host: Host) -> None:
        host.server.psql("create role early login password 'first'")
        host.ok("backup")
        host.server.psql("drop role early")
        with postgresql() as empty:
            empty.psql("create role early; create role maker login createdb createrole")
            done = self.with_passwords(host, empty, "maker")
            assert (done.returncode, done.stdout) == (5, ""), done.stderr
            assert "permission denied to alter role" in done.stderr
            assert "hint: do it as a superuser" in done.stderr
            assert "making" not in done.stderr
            assert empty.psql("select string_agg(datname, ' ') from pg_database where oid > 16383") == ""

    def test_a_backup_without_passwords_says_that_none_is_given(self, host: Host) -> None:
        host.config.write_text(
            host.config.read_text().replace("[plans.broker.source]", "roles = false\n[plans.broker.source]")
        )
        host.ok("backup")
        with postgresql() as empty:
            done = self.with_passwords(host, empty, "postgres")
            assert done.returncode == 0, done.stderr
            assert "the backup has no passwords: --roles-passwords gives none" in done.stderr

    @staticmethod
    def with_passwords(host: Host, empty: PostgreSQL, user: str) -> subprocess.CompletedProcess[str]:
        words = ["--file", str(host.bundle()), "--passphrase-file", str(host.folder / "passphrase.txt")]
        to = ["--to-shell", "local", "--to-host", str(empty.socket), "--to-user", user, "--roles-passwords"]
        return host.run("-v", "restore", *words, *to, PATH=f"{empty.programs}:{os.environ['PATH']}")
