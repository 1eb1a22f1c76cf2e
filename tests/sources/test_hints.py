"""A hint is about what was said, and about nothing else; what programs really say is taken from a real server."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from backuptool.embedded.postgresql import PostgreSQL
from backuptool.errors import BackuptoolError, SourceError
from backuptool.shells.local import Local
from backuptool.sources.hints import hint_for
from backuptool.sources.server import Server


@pytest.fixture
def there(server: PostgreSQL) -> Server:
    return Server(Local(str(server.programs)), "postgres", user="postgres", host=str(server.socket))


def said(there: Server, sql: str = "select 1") -> SourceError:
    with pytest.raises(SourceError) as caught:
        there.query(sql)
    assert "\n" not in caught.value.message
    return caught.value


def test_a_missing_database_a_missing_user_and_anything_else_that_is_missing_are_told_apart(there: Server) -> None:
    assert said(there.on("none")).hint == "check `database` in the configuration"
    assert said(replace(there, user="x1")).hint == "check `user` in the configuration"
    assert said(there, "grant x1 to postgres").hint.startswith("make this role first")
    assert said(there, "select * from none").hint == BackuptoolError.advice


def test_a_database_that_is_closed_is_hinted_to_be_another_one(there: Server) -> None:
    """As template0 is, and what a restore has replaced."""
    assert "ALLOW_CONNECTIONS true" in said(there.on("template0")).hint


def test_a_server_that_is_down_is_said_in_its_own_words(there: Server, tmp_path: Path) -> None:
    error = said(replace(there, host=str(tmp_path)))
    assert error.message.startswith("psql: error: connection to server on socket")
    assert error.message.endswith("No such file or directory")
    assert "is the server up" in error.hint


def test_a_row_that_violates_a_check_appears_in_no_message(there: Server) -> None:
    sql = b"create temp table tt (a int check (a < 0), b text);\ncopy tt from stdin;\n1\tTOPSECRET-ROW\n\\\\.\n"
    with pytest.raises(SourceError) as caught:
        there.execute([sql])
    assert 'violates check constraint "tt_a_check"' in caught.value.message
    assert "TOPSECRET" not in f"{caught.value} {caught.value!r} {caught.value.hint}"  # all that is ever shown


def test_a_function_that_a_load_cannot_run_is_named(there: Server) -> None:
    """A load searches no schema: pg_dump says so at its top."""
    sql = b"""
        begin;
        create table public.known (a int);
        create function public.checked(a int) returns boolean language plpgsql as 'begin
            return exists (select from known where known.a = checked.a); end';
        create table public.tested (a int check (public.checked(a)));
        select pg_catalog.set_config('search_path', '', false);
        copy public.tested from stdin;
7
\\.
    """
    with pytest.raises(SourceError) as caught:
        there.execute([sql])
    end = 'relation "known" does not exist (in the function checked(integer))'
    assert caught.value.message.endswith(end)
    assert "ALTER FUNCTION … SET search_path" in caught.value.hint


def test_a_check_of_other_tables_rows_that_come_later_is_told_and_not_valid_mends_it(there: Server) -> None:
    """A dump has its tables by name, each whole; what is NOT VALID it adds behind them."""
    sql = b"""
        begin;
        create table public.later (a int);
        create function public.known(a int) returns boolean language sql as 'select exists (select from public.later)';
        create table public.first (a int constraint refers check (public.known(a)));
        copy public.first from stdin;
7
\\.
    """
    with pytest.raises(SourceError, match='"first" violates check constraint "refers"') as caught:
        there.execute([sql])
    assert "as NOT VALID" in caught.value.hint
    there.execute([sql.replace(b" constraint refers check (public.known(a))", b""), b"""
        alter table public.first add constraint refers check (public.known(a)) not valid;
        rollback;
    """])  # fmt: skip


def test_money_that_was_printed_under_another_locale_is_told_from_other_bad_values(there: Server) -> None:
    """No dump says which: German money is none to a server whose lc_monetary is C."""
    bad = b"create temp table priced (a %s);\ncopy priced from stdin;\n1,50 \xe2\x82\xac\n\\.\n"
    with pytest.raises(SourceError, match="invalid input syntax for type money") as caught:
        there.execute([bad % b"money"])
    assert "ALTER DATABASE … SET lc_monetary = …" in caught.value.hint
    with pytest.raises(SourceError, match="invalid input syntax for type numeric") as caught:
        there.execute([bad % b"numeric"])
    assert caught.value.hint == BackuptoolError.advice


@pytest.mark.parametrize(
    ("message", "hint"),
    [
        ('psql: error: connection to server at "db" (::1), port 5432 failed: Connection refused', "the port right"),
        ("psql: error: could not connect to server: No such file or directory", "is the server up"),
        ('FATAL:  password authentication failed for user "x"', "passfile"),
        ('FATAL:  Peer authentication failed for user "x"', "system user"),
        ("pg_dump: error: aborting because of server version mismatch: server version: 18.0", "own container"),
        ("pg_dump: error: query failed: ERROR:  permission denied for table t", "pg_read_all_data"),
        ("pg_dump: error: query failed: ERROR:  canceling statement due to statement timeout", "pg_locks"),
        ("psql: ERROR:  pg_cron can only be loaded via shared_preload_libraries", "drill.settings"),
        ('psql: FATAL:  extension "timescaledb" must be preloaded', "drill.settings"),
        ("psql:<stdin>:9: ERROR:  can only create extension in database postgres", "RECOVER.txt"),
        ("ERROR:  permission denied to create database", "as a superuser"),
        ('ERROR:  must be able to SET ROLE "x"', "as a superuser"),
        ('ERROR:  must be member of role "x"', "as a superuser"),
        ('ERROR:  could not extend file "base/5/1": No space left on device', "the server's disk is full"),
        ('ERROR:  could not access file "$libdir/x": No such file or directory', "this library"),
        (
            'psql: error: connection to server on socket "/s" failed: FATAL:  could not access file "x": No such file',
            "this library",
        ),
        ("cat: x: No such file or directory", ""),
        ('ERROR:  type "x" does not exist', ""),
    ],
)
def test_each_hint_is_about_its_message(message: str, hint: str) -> None:
    found = hint_for(message)
    assert hint in found
    assert bool(found) == bool(hint)


@pytest.mark.parametrize(
    ("message", "hint"),
    [
        ("psql:<stdin>:9: ERROR:  permission denied for schema public", "as a superuser"),
        ('ERROR:  relation "x" does not exist', "SET search_path"),
        ("ERROR:  function f(integer) does not exist", "SET search_path"),
        ('ERROR:  type "x" does not exist', "SET search_path"),
        ('ERROR:  relation "public.x" does not exist', ""),
        ("ERROR:  function public.f(integer) does not exist", ""),
        ('FATAL:  database "x" does not exist', "check `database`"),
        ('ERROR:  unrecognized configuration parameter "transaction_timeout"', "at least as new"),
        ('ERROR:  invalid byte sequence for encoding "UTF8": 0xe4 0x22', "createdb -T template0 -E SQL_ASCII"),
        ("ERROR:  CREATE DATABASE cannot run inside a transaction block", "pg_dump --create"),
        ("psql:<stdin>:9: error: backslash commands are restricted; only \\unrestrict is allowed", "pg_dump --create"),
    ],
)
def test_what_is_said_of_a_load_has_hints_of_its_own(message: str, hint: str) -> None:
    found = hint_for(message, loading=True)
    assert hint in found
    assert bool(found) == bool(hint)
