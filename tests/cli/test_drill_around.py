"""What a drill says of what stands around a dump: extensions, and roles that no backup has."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from backuptool.embedded.postgresql import PostgreSQL
from tests.cli.test_round_trip import Host, made_host


@pytest.fixture
def host(tmp_path: Path, server: PostgreSQL) -> Host:
    host = made_host(tmp_path, server)
    host.ok("backup")
    return host


def test_an_extension_that_is_not_dumped_is_not_missed(host: Host) -> None:
    host.server.psql("create database apart")
    host.server.psql("create extension vector; create schema app; create table app.t as select 1 as a", "apart")
    try:
        config = host.config.read_text().replace('database = "broker"', 'database = "apart"')
        host.config.write_text(
            config.replace("[plans.broker.source]", '[plans.broker.source]\nextra_args = ["-n", "app"]')
        )
        host.ok("backup")
        assert json.loads(host.ok("drill", "--json"))["differences"] == []
        host.config.write_text(config)
        host.ok("backup")
        assert json.loads(host.ok("drill", "--json"))["differences"] == []
        assert "vector" in host.ok("verify", "-v")
    finally:
        host.server.psql("drop database apart")


def test_an_extension_that_was_never_updated_is_said_to_be_just_that(host: Host) -> None:
    """A new backup alone would be as different again."""
    host.server.psql("create database apart")
    host.server.psql("create extension vector; update pg_extension set extversion = '0.4.0'"
                     " where extname = 'vector'; create table t (v vector)", "apart")  # fmt: skip
    try:
        host.config.write_text(host.config.read_text().replace('database = "broker"', 'database = "apart"'))
        host.ok("backup")
        done = host.tool("drill")
        assert (done.returncode, ", and was 0.4.0\n" in done.stdout) == (4, True)
        assert done.stderr.splitlines()[-1] == (
            "hint: all else that was compared is the same; a restore makes the version that is its server's default: "
            'ALTER EXTENSION "vector" UPDATE in the source database, then back up again'
        )
        host.config.write_text(host.config.read_text() + '[plans.broker.drill]\nassert = ["select false"]\n')
        assert host.tool("drill").stderr.splitlines()[-1] == (
            'hint: do not rely on it; ALTER EXTENSION "vector" UPDATE in the source database, make a new backup, drill '
            "that, and look what is different about this database"
        )
    finally:
        host.server.psql("drop database apart")


def without_roles(host: Host, database: str) -> None:
    config = host.config.read_text().replace('database = "broker"', f'database = "{database}"')
    host.config.write_text(config.replace("[plans.broker.source]", "roles = false\n[plans.broker.source]"))
    host.ok("backup")


def test_roles_that_no_backup_has_are_not_said_to_be_compared(host: Host) -> None:
    host.server.psql("create database apart")
    try:
        without_roles(host, "apart")
        said = host.ok("drill")
    finally:
        host.server.psql("drop database apart")
    assert "    extensions, definitions, properties\n" in said
    assert "  note: the roles were not compared: the backup has none\n" in said


def test_an_owner_that_the_backup_has_not_is_not_to_be_made_in_a_throwaway_server(host: Host) -> None:
    without_roles(host, "broker")
    done = host.tool("drill")
    said, hint = done.stderr.splitlines()
    assert (done.returncode, said) == (5, 'backuptool: ERROR:  role "broker" does not exist')
    assert hint.startswith("hint: the backup has no roles, and a throwaway server only its superuser: roles = true in")
