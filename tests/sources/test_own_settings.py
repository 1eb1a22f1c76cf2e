"""What a role or a database sets for its own sessions changes neither a backup nor a restore."""

from __future__ import annotations

import logging
import os
import re
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from backuptool.bundle import names
from backuptool.bundle.recover import script
from backuptool.contents import Scan
from backuptool.embedded.postgresql import PostgreSQL
from backuptool.shells.local import Local
from backuptool.sources.pg_dump import PgDump
from backuptool.sources.server import Server
from backuptool.sources.session import session
from tests.cli.test_round_trip import Host, made_host

MADE = r"""
    create extension vector;
    create foreign data wrapper nothing;
    create server abroad foreign data wrapper nothing;
    create user mapping for public server abroad options (password 'of abroad');
    create table t (a text);
    insert into t values ('\');
    select lo_from_bytea(4711, '\x005c27');
"""

# A table that takes 4 s to analyze.
SLOW = """
    set role none;
    create function public.slow(a text[]) returns text immutable language plpgsql as $$
        begin
            if pg_catalog.current_query() = 'ANALYZE' then perform pg_catalog.pg_sleep(4); end if;
            return a::text;
        end $$;
    create table public.nulls (a text[]);
    insert into public.nulls values (array[null]);
    create index on public.nulls (public.slow(a));
"""
# What a dump makes last, and what comes behind that.
FORBIDS = """
    create materialized view seen as select a from t;
    create function no() returns event_trigger language plpgsql as $$ begin raise 'nobody refreshes'; end $$;
    create event trigger no on ddl_command_start when tag in ('REFRESH MATERIALIZED VIEW') execute function no();
"""
RESTORED = """
    set role none;
    select setconfig, encode(lo_get(4711), 'hex'), a from t, pg_db_role_setting
    where setdatabase = (select oid from pg_database where datname = current_database())
"""


@pytest.fixture
def there(server: PostgreSQL) -> Iterator[Server]:
    """A database, and the role that its application takes in every session."""
    server.psql("create role app_owner; create role app_user login password 'of the user'")
    server.psql("create database app owner app_owner")
    server.psql(MADE, "app")
    yield Server(Local(str(server.programs)), "app", server.user, str(server.socket))
    server.psql("drop database app; drop database if exists app_copy; drop role app_owner, app_user")


@pytest.fixture
def host(there: Server, server: PostgreSQL, tmp_path: Path) -> Host:
    made = made_host(tmp_path, server)
    made.config.write_text(made.config.read_text().replace('database = "broker"', 'database = "app"'))
    return made


def test_a_role_that_is_set_makes_the_backup_no_poorer(server: PostgreSQL, there: Server) -> None:
    server.psql("alter database app set role = app_owner")
    source = PgDump(there)
    source.prepare()
    assert b"of abroad" in b"".join(source.text(Scan()))
    assert b"SCRAM-SHA-256" in b"".join(source.roles())
    assert there.query("select current_user") == [["postgres"]]
    script = source.as_a_script_does()
    script.prepare()
    assert b"of abroad" in b"".join(script.text(Scan()))


@pytest.mark.parametrize(
    "setting",
    ["role = app_owner", "standard_conforming_strings = off", "client_encoding = latin1"],
)
def test_a_backup_with_such_a_setting_comes_back_whole(server: PostgreSQL, host: Host, setting: str) -> None:
    server.psql(f"alter database app set {setting}")
    host.ok("backup")
    host.ok("restore", "--into", "app_copy")
    restored = server.psql(RESTORED, "app_copy")
    assert restored == f"{{{setting.replace(' ', '')}}}|005c27|\\"


def by_hand(host: Host, **options: str) -> subprocess.CompletedProcess[str]:
    """Restore the backup into app_copy by the commands of its RECOVER.txt."""
    server = host.server
    environment = {
        "PATH": f"{server.programs}:{os.environ['PATH']}", "PGHOST": str(server.socket), "PGUSER": server.user,
        "PASSPHRASE_FILE": str(host.folder / "passphrase.txt"), "TARGET_DB": "app_copy", **options,
    }  # fmt: skip
    folder = Path(tempfile.mkdtemp(dir=host.folder))
    subprocess.run(["tar", "-xkf", host.bundle(), "-C", folder], check=True)
    text = (folder / names.RECOVER).read_bytes()
    argv = ["sh", "-euc", "\n".join(f"( {script(text, part)} )" for part in ("decrypt", "restore"))]
    return subprocess.run(argv, env=environment, cwd=folder, capture_output=True, text=True, check=False)


def test_such_a_setting_does_not_stop_the_commands_of_recover_txt(server: PostgreSQL, host: Host) -> None:
    server.psql("alter database app set role = app_owner; alter database app set array_nulls = off")
    server.psql("alter database app set statement_timeout = '3s'")
    server.psql(SLOW, "app")
    host.ok("backup")
    done = by_hand(host)
    assert done.returncode == 0, done.stderr
    assert server.psql("set role none; select a[1] is null from nulls", "app_copy") == "t"


def test_an_event_trigger_that_forbids_its_restore_is_left_out_as_the_page_to_print_says(
    server: PostgreSQL, host: Host
) -> None:
    server.psql(FORBIDS, "app")
    host.ok("backup")
    page = (Path(__file__).parents[2] / "docs" / "recovery.md").read_text(encoding="utf-8")
    (option,) = re.findall(r"`export PGOPTIONS=(\S+)`", page)
    assert "nobody refreshes" in by_hand(host).stderr
    server.psql("drop database app_copy")
    done = by_hand(host, PGOPTIONS=option)
    assert done.returncode == 0, done.stderr
    assert server.psql("select a from seen", "app_copy") == "\\"


def test_strings_of_the_role_that_restores_are_the_standards(server: PostgreSQL, host: Host) -> None:
    host.ok("backup")
    server.psql("alter role postgres set standard_conforming_strings = off")
    try:
        host.ok("restore", "--into", "app_copy")
    finally:
        server.psql("alter role postgres reset all")


def test_a_backup_without_passwords_says_so(
    server: PostgreSQL, there: Server, caplog: pytest.LogCaptureFixture
) -> None:
    source = PgDump(Server(there.shell, "app", "app_user", there.host))
    source.prepare()
    with caplog.at_level(logging.WARNING):
        assert b"SCRAM" not in b"".join(source.roles())
    assert caplog.text.count("the roles' passwords are not in the backup: app_user may not read them") == 1


def test_names_are_the_same_whatever_encoding_a_role_has_its_sessions_in(server: PostgreSQL, there: Server) -> None:
    server.psql("alter role postgres set client_encoding = latin1")
    try:
        there.query('create table public."tä" ()')
        assert there.query("select relname from pg_class where relname ~ '^t.$'") == [["tä"]]
        there.execute(['create table public."tö" ();'.encode()])
        with session(there) as inside:
            assert inside.ask("select 1 from pg_class where relname in ('tä', 'tö')") == [["1"], ["1"]]
    finally:
        server.psql("alter role postgres reset all")


def test_a_comment_is_dumped_in_the_databases_own_encoding(server: PostgreSQL, there: Server) -> None:
    server.psql("comment on database app is 'Größe'; alter database app set client_encoding = latin1")
    source = PgDump(there)
    source.prepare()
    made = b"".join(source.database())
    assert "'Größe'".encode() in made
