"""`restore --replace` and `--drop-old` on the command line."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from backuptool.embedded.postgresql import PostgreSQL
from backuptool.shells.local import Local
from backuptool.sources.server import Server
from backuptool.sources.session import session
from tests.cli.test_round_trip import Host, made_host

LEFT = "select string_agg(datname, ' ') from pg_database where datname ~ '^backuptool|_replaced_'"


@pytest.fixture
def host(tmp_path: Path, server: PostgreSQL) -> Iterator[Host]:
    """A host with a plan for the new database `small`, which has one table."""
    made = made_host(tmp_path, server)
    made.config.write_text(made.config.read_text().replace('database = "broker"', 'database = "small"'))
    server.psql("create database small")
    server.psql("create table answers as select 42 as answer", "small")
    yield made
    for name in server.psql(LEFT).split():
        server.psql(f"drop database {name}")
    server.psql("drop database small")


@pytest.fixture
def changed(host: Host) -> Host:
    """The same with a backup, and a database that was changed after it."""
    host.ok("backup")
    host.server.psql("update answers set answer = 0", "small")
    return host


def test_the_backup_takes_the_place_of_what_there_is_until_that_is_dropped(changed: Host) -> None:
    done = changed.tool("restore", "--replace")
    assert done.returncode == 0, done.stderr
    assert ": restored into small\n  compared: " in done.stdout
    assert changed.server.psql("select answer from answers", "small") == "42"
    kept = changed.server.psql(LEFT)
    assert done.stderr == (
        f"backuptool: what was small until now is kept as {kept}; to drop it: restore --drop-old {kept}\n"
    )
    shown, dropped = changed.ok("restore", "--drop-old").splitlines()
    assert shown.startswith(f"to be dropped: {kept}, ")
    assert dropped == f"dropped {kept}"
    assert changed.server.psql(LEFT) == ""
    assert changed.ok("restore", "--drop-old") == "nothing is kept that a restore replaced under the name small\n"


def test_the_database_is_not_replaced_by_an_older_backup_than_the_newest(changed: Host) -> None:
    first = changed.bundle()
    changed.ok("backup")
    newest = changed.bundle()
    newest.write_bytes(newest.read_bytes()[:-1024])
    done = changed.tool("restore", "--replace")
    said, hint = done.stderr.splitlines()
    assert (done.returncode, done.stdout, "GOING BACK" in done.stderr) == (4, "", False), done.stderr
    assert said.startswith(f"backuptool: {newest.name} cannot be used, and --replace takes no older one by itself: ")
    assert hint == f"hint: name the backup that is to take its place, as {first.name}, or --at TIME"
    assert changed.server.psql("select answer from answers", "small") == "0"
    changed.ok("restore", first.name, "--replace")
    assert changed.server.psql("select answer from answers", "small") == "42"


def test_nothing_is_replaced_by_a_file_of_another_plan_unless_the_plan_or_the_database_is_named(changed: Host) -> None:
    """Who has several such files takes one for another."""
    file, other = changed.bundle(), changed.folder / "other.toml"
    other.write_text(changed.config.read_text().replace("[plans.broker", "[plans.other"))
    words = ("--config", str(other), "restore", "--file", str(file), "--replace")
    done = changed.run(*words)
    assert (done.returncode, done.stdout) == (2, ""), done.stderr
    assert done.stderr == (
        f"backuptool: {file.name} is a backup of the plan broker, and what it would replace is of other\n"
        f"hint: if that is meant: backuptool restore other --file {file} --replace\n"
    )
    assert changed.server.psql("select answer from answers", "small") == "0"
    assert changed.run(*words, "other").returncode == 0
    assert changed.server.psql("select answer from answers", "small") == "42"
    assert changed.run(*words, "--into", "small").returncode == 0
    assert changed.run(*words[:-1], "--into", "small_too").returncode == 0, "a new one is no other's"
    changed.server.psql("drop database small_too")


def test_nor_where_the_newest_is_gone_from_the_store(changed: Host) -> None:
    first = changed.bundle()
    changed.ok("backup")
    newest = changed.bundle()
    newest.unlink()
    done = changed.tool("restore", "--replace")
    assert (done.returncode, done.stdout) == (6, "")
    assert done.stderr == (
        f"backuptool: {newest.name} was stored and is in no store that answers, and --replace takes no older one by "
        f"itself\nhint: name the backup that is to take its place, as {first.name}, or --at TIME\n"
    )
    assert changed.server.psql("select answer from answers", "small") == "0"
    before = newest.name.split("_")[2].removesuffix(".tar")
    changed.ok("restore", "--replace", "--at", f"{before[:13]}:{before[13:15]}:{before[15:17]}Z")
    assert changed.server.psql("select answer from answers", "small") == "42"


def test_where_there_is_no_older_backup_the_newest_ones_own_error_is_said(changed: Host) -> None:
    changed.bundle().write_bytes(changed.bundle().read_bytes()[:-1024])
    done = changed.tool("restore", "--replace")
    assert (done.returncode, "takes no older one" in done.stderr) == (4, False), done.stderr


def test_one_of_several_is_dropped_by_its_name_and_of_another_database_by_that(changed: Host) -> None:
    changed.ok("restore", "--replace")
    first = changed.server.psql(LEFT)
    assert "nothing is kept" in changed.ok("restore", "--drop-old", "--into", "broker")
    done = changed.tool("restore", "broker", "--replace")
    assert f"{first} (" in done.stderr
    assert changed.ok("restore", "--drop-old", first) == f"dropped {first}\n"
    assert changed.server.psql(LEFT).startswith("small_replaced_")
    assert changed.ok("restore", "broker", "--into", "small", "--drop-old").count("\ndropped small_replaced_") == 1


def test_without_a_configuration_what_was_kept_is_dropped_on_the_server_that_is_named(changed: Host) -> None:
    words = ["--file", str(changed.bundle()), "--passphrase-file", str(changed.folder / "passphrase.txt"), "--replace"]
    elsewhere = changed.folder / "nothing here"
    elsewhere.mkdir()

    def run(*more: str) -> subprocess.CompletedProcess[str]:
        to = ["--to-shell", "local", "--to-host", str(changed.server.socket), "--to-user", "postgres"]
        path = f"{changed.server.programs}:{os.environ['PATH']}"
        return changed.run("restore", *to, *more, PATH=path, HOME=str(elsewhere))

    for name, drop in (("small", "--drop-old "), ("-odd", "--drop-old=")):
        changed.server.psql(f'create database "{name}" template small') if name != "small" else None
        done = run(*words, f"--into={name}")
        assert done.returncode == 0, done.stderr
        told = done.stderr.strip().partition("to drop it: restore ")[2]
        assert told.startswith(drop), done.stderr
        dropped = run(*told.split(" "))
        assert (dropped.returncode, dropped.stdout) == (0, f"dropped {told.removeprefix(drop)}\n"), dropped.stderr
    changed.server.psql('drop database "-odd"')
    assert run("--into", "small", "--drop-old").stdout.startswith("nothing is kept")
    done = run("--drop-old")
    assert (done.returncode, "nothing says of which database" in done.stderr) == (2, True), done.stderr


@pytest.mark.parametrize("name", ["small", "broker", "none", "postgres"])
def test_what_no_restore_replaced_is_not_dropped(host: Host, name: str) -> None:
    done = host.tool("restore", "--drop-old", name)
    assert (done.returncode, done.stdout) == (2, "")
    assert f"{name} is no database that a restore replaced: it stays" in done.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--force-disconnect"], "--force-disconnect goes with --replace only"),
        (["--drop-old", "x", "--replace"], "--drop-old restores nothing"),
        (["broker", "latest_but_one", "--drop-old"], "--drop-old restores nothing"),
        (["--file", "x.tar", "--drop-old"], "--drop-old restores nothing"),
        (["--to-host", "staging", "--replace"], "--to-host goes with --to-shell only"),
        (["--to-port", "5433", "--drop-old"], "--to-port goes with --to-shell only"),
        (["--to-user", "me", "--into", "copy"], "--to-user goes with --to-shell only"),
        (["--to-shell", "nowhere", "--drop-old"], "'nowhere' is no shell"),
    ],
)
def test_what_does_not_go_together_is_said(host: Host, words: list[str], said: str) -> None:
    done = host.tool("restore", *words)
    assert (done.returncode, said in done.stderr) == (2, True), done.stderr


def test_a_pg_dump_that_cannot_compare_the_copy_is_found_before_the_load(changed: Host) -> None:
    programs, older = changed.server.programs, changed.folder / "older"
    older.mkdir()
    for name, line in (("psql", f'exec {programs}/psql "$@"'), ("pg_dump", "echo pg_dump (PostgreSQL) 12.22")):
        (older / name).write_text(f"#!/bin/sh\n{line}\n".replace("(PostgreSQL)", "'(PostgreSQL)'"))
        (older / name).chmod(0o755)
    changed.config.write_text(changed.config.read_text().replace(str(programs), str(older)))
    done = changed.tool("-v", "restore", "--replace")
    assert (done.returncode, "making" in done.stderr) == (5, False), done.stderr
    assert "pg_dump there is of version 12, and the server of 18: the copy cannot be compared" in done.stderr
    assert "--quick" in done.stderr
    changed.ok("restore", "--replace", "--quick")


def test_sessions_are_named_and_ended_only_when_that_is_asked_for(changed: Host) -> None:
    server = Server(Local(str(changed.server.programs)), "small", "postgres", str(changed.server.socket))
    with session(server) as somebody:
        somebody.ask("select 1")
        done = changed.tool("restore", "--replace")
        assert done.returncode == 2
        assert "is in use, 1 session: 1 of postgres (psql) from its socket; nothing was changed" in done.stderr
        changed.ok("restore", "--replace", "--force-disconnect")
    assert changed.server.psql("select answer from answers", "small") == "42"
