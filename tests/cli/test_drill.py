"""`drill` on the command line: what it says, where it is remembered, when it fails."""

from __future__ import annotations

import json
import os
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from backuptool.bundle import Stem
from backuptool.embedded.postgresql import PostgreSQL
from tests.cli.test_round_trip import Host, made_host
from tests.stores.davserver import PASSWORD, USER, dav_server


@pytest.fixture
def host(tmp_path: Path, server: PostgreSQL) -> Host:
    host = made_host(tmp_path, server)
    host.ok("backup")
    return host


def test_a_drill_says_what_it_did_and_list_remembers_it(host: Host) -> None:
    said = host.ok("drill")
    assert said.startswith(f"{host.bundle().name}\n  restored in ")
    assert "into embedded PostgreSQL 18." in said
    assert "decrypted by OpenSSL " in said
    assert said.endswith("  the same, byte for byte\n")
    assert re.search(r"drilled \d+ min ago", host.ok("list"))
    (row,) = json.loads(host.ok("list", "--json"))
    assert row["drilled"] == "same"


def test_a_drill_that_fails_is_exit_4_and_stays_in_the_list(host: Host) -> None:
    config = host.config.read_text()
    asserting = '[plans.broker.drill]\nassert = ["select count(*) < 0 from public.submission"]\n'
    host.config.write_text(config + asserting)
    done = host.tool("drill", "--json")
    assert done.returncode == 4
    told = json.loads(done.stdout)
    assert (told["verdict"], told["same_text"]) == ("different", True)
    assert told["differences"] == ["the assertion is not true: select count(*) < 0 from public.submission"]
    assert "restores to what was dumped, but the assertion is not true" in done.stderr
    assert "do not rely on it" not in done.stderr
    assert "DRILL FAILED" in host.ok("list")


def test_an_assertion_that_is_no_query_is_a_mistake_in_the_plan_and_no_drill(host: Host) -> None:
    config = host.config.read_text()
    host.config.write_text(f'{config}[plans.broker.drill]\nassert = ["selec true"]\n')
    done = host.tool("-v", "drill")
    assert (done.returncode, done.stdout, "making" in done.stderr) == (2, "", False)
    assert done.stderr.splitlines()[-2:] == [
        'backuptool: no query in drill.assert: selec true: ERROR:  syntax error at or near "selec"',
        "hint: each is one query, whose answer is one true: select count(*) > 0 from submission",
    ]
    assert "drilled" not in host.ok("list").lower()


def test_a_difference_is_one_line_whatever_it_names(host: Host) -> None:
    config = host.config.read_text()
    asserting = "select 'x\x1b[2J' = 'a\\n  the same, byte for byte'"
    host.config.write_text(f"{config}[plans.broker.drill]\nassert = [{json.dumps(asserting)}]\n")
    host.server.psql('create materialized view "two\nviews" as select 1', "broker")
    try:
        host.ok("backup")
        done = host.tool("drill")
    finally:
        host.server.psql('drop materialized view "two\nviews"', "broker")
    assert (done.returncode, done.stdout.count("\n"), done.stderr.count("\n")) == (4, 7, 2), done.stdout
    assert '  note: the materialised view public."two\\nviews" was made again: 1 rows, not compared' in done.stdout
    assert "\x1b" not in done.stdout + done.stderr


def test_a_bundle_on_disk_is_drilled_too(host: Host) -> None:
    told = json.loads(host.ok("drill", "--file", str(host.bundle()), "--json"))
    assert (told["verdict"], told["store"]) == ("same", None)


def test_a_bundle_and_its_passphrase_are_enough(host: Host) -> None:
    words = ["drill", "--file", str(host.bundle()), "--passphrase-file", str(host.folder / "passphrase.txt")]
    done = host.run(*words)
    assert done.returncode == 0, done.stderr
    assert done.stdout.endswith("  the same, byte for byte\n")


SAID = """
    create extension vector;
    comment on table public.logs is 'said';
    grant select on public.logs to public;
    create publication p
"""
ARGUMENTS = ["--exclude-table-data=public.logs*", "-BTpublic.logs", '--no-comments", "-x", "--no-publications']


@pytest.mark.parametrize("argument", ARGUMENTS)
def test_what_is_left_out_of_one_backup_and_not_of_another_is_no_difference_of_either(
    host: Host, argument: str
) -> None:
    """The bundle does not say by which arguments it was dumped: it is drilled with those of now, or with none."""
    host.server.psql("create table public.logs (id serial, line text)", "broker")
    host.server.psql("insert into public.logs (line) values ('x'); select lo_create(4711)", "broker")
    host.server.psql(SAID, "broker")
    plain = host.config.read_text()
    without = plain.replace("[plans.broker.source]", f'[plans.broker.source]\nextra_args = ["{argument}"]')
    try:
        host.ok("backup")
        whole = host.bundle()
        host.config.write_text(without)
        host.ok("backup")
    finally:
        host.server.psql(
            "drop table public.logs; select lo_unlink(4711); drop extension vector; drop publication p", "broker"
        )
    assert json.loads(host.ok("drill", "--file", str(whole), "--json"))["differences"] == []
    assert json.loads(host.ok("drill", "--json"))["differences"] == []
    host.config.write_text(plain)
    assert json.loads(host.ok("drill", "--json"))["differences"] == []


def test_without_openssl_its_own_cipher_decrypts_and_that_is_said(host: Host, tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    for folder in os.environ["PATH"].split(":"):
        for program in Path(folder).glob("*"):
            if program.name != "openssl" and not (tmp_path / "bin" / program.name).exists():
                (tmp_path / "bin" / program.name).symlink_to(program)
    done = host.run("--config", str(host.config), "drill", PATH=str(tmp_path / "bin"))
    assert done.returncode == 0, done.stderr
    assert "decrypted by this tool's own cipher: there is no openssl here" in done.stdout


def test_the_copy_that_is_not_on_this_host_is_drilled(host: Host, tmp_path: Path) -> None:
    password = tmp_path / "password.txt"
    password.touch(mode=0o600)
    password.write_text(PASSWORD)
    with dav_server(tmp_path) as running:
        away = f'type = "webdav"\nurl = "{running.url}away/"\nuser = "{USER}"\npassword_file = "{password}"\n'
        host.config.write_text(f"{host.config.read_text()}\n[[plans.broker.stores]]\n{away}")
        host.ok("backup")
        assert json.loads(host.ok("drill", "--json"))["store"] == f"{running.url}away/"


def test_settings_of_the_person_who_restores_do_not_count(host: Host) -> None:
    (host.folder / "psqlrc").write_text("\\echo a greeting\n\\set ON_ERROR_STOP off\nselect nonsense;\n")
    words = ["restore", "--into", "plainly"]
    done = host.run("--config", str(host.config), *words, PSQLRC=str(host.folder / "psqlrc"))
    assert (done.returncode, "greeting" in done.stdout, "nonsense" in done.stderr) == (0, False, False), done.stderr
    host.server.psql("drop database plainly")


def older(host: Host) -> Path:
    """Make another backup; the one before it. Names have seconds, and a run waits for the next where it must."""
    path = host.bundle()
    host.ok("backup")
    return path


def test_when_the_newest_is_damaged_the_one_before_is_taken_and_that_is_said_loudly(host: Host) -> None:
    first = older(host)
    content = bytearray(host.bundle().read_bytes())
    content[len(content) // 2] ^= 1
    host.bundle().write_bytes(content)
    done = host.tool("restore", "--into", "went_back")
    assert done.returncode == 0, done.stderr
    assert f"GOING BACK TO AN OLDER BACKUP: {first.name}" in done.stderr
    assert done.stdout.startswith(f"{first.name}: restored into went_back")
    host.server.psql("drop database went_back")
    asked_for = host.tool("restore", "--into", "went_back", "broker", host.bundle().name)
    assert asked_for.returncode == 4


def drills(host: Host) -> dict[str, str | None]:
    """What `list` knows of each backup's last drill."""
    return {row["backup"]: row["drilled"] for row in json.loads(host.ok("list", "--json"))}


def test_a_drill_of_an_older_one_does_not_make_up_for_the_newest(host: Host) -> None:
    first = older(host)
    content = bytearray(host.bundle().read_bytes())
    content[len(content) // 2] ^= 1
    host.bundle().write_bytes(content)
    done = host.tool("drill")
    assert done.returncode == 4
    assert done.stdout.startswith(f"{first.name}\n  restored in ")
    assert f"{host.bundle().name} is bad, {first.name} was drilled: {host.store}: " in done.stderr
    assert drills(host) == {first.name: "same", host.bundle().name: "failed"}
    checked = host.tool("check")
    assert (checked.returncode, f"the drill of {host.bundle().name} failed" in checked.stdout) == (4, True)


def test_nor_for_the_newest_that_is_gone_from_the_store(host: Host) -> None:
    first = older(host)
    newest = host.bundle()
    newest.unlink()
    done = host.tool("drill")
    assert (done.returncode, done.stdout.startswith(f"{first.name}\n  restored in ")) == (4, True)
    gone = (
        f"{newest.name} was stored and is in no store that answers; {first.name} was drilled\nhint: make a new backup\n"
    )
    assert done.stderr.endswith(gone)
    host.ok("drill", "broker", first.name)


def test_one_that_cannot_be_restored_stays_in_the_list_too(host: Host) -> None:
    """It was told to dump a table without the function that the table needs."""
    host.server.psql("create function public.f() returns int language sql as 'select 1'", "broker")
    host.server.psql("create table public.later (a int default public.f())", "broker")
    try:
        without = '[plans.broker.source]\nextra_args = ["--table=public.later"]\n'
        host.config.write_text(host.config.read_text().replace("[plans.broker.source]\n", without))
        host.ok("backup")
    finally:
        host.server.psql("drop table public.later; drop function public.f()", "broker")
    done = host.tool("drill")
    assert (done.returncode, "function public.f() does not exist" in done.stderr) == (5, True)
    assert drills(host)[host.bundle().name] == "failed"
    assert re.search(r"DRILL FAILED \d+ min ago", host.ok("list"))


def test_a_named_plan_is_not_passed_over_because_the_file_and_what_opens_it_are_named(host: Host) -> None:
    words = ["--file", str(host.bundle()), "--passphrase-file", str(host.folder / "passphrase.txt")]
    done = host.run("drill", "broker", *words)
    assert (done.returncode, "config.toml" in done.stderr) == (2, True)
    both = host.run("drill", *words, "--at", "2026-11-23")
    assert (both.returncode, both.stdout) == (2, "")


def test_at_takes_the_newest_before(host: Host) -> None:
    first = older(host)
    stem = Stem.of_bundle(host.bundle().name)
    assert stem is not None
    said = host.ok("restore", "--into", "as_before", "--quick", "--at", stem.created.isoformat())
    assert said.startswith(f"{first.name}: restored into as_before\n  counted: ")
    host.server.psql("drop database as_before")


def test_at_before_all_backups_finds_none(host: Host) -> None:
    at = (datetime.now(UTC) - timedelta(days=1)).isoformat()
    done = host.tool("restore", "--into", "nothing", "--at", at)
    assert (done.returncode, "there is no backup of before" in done.stderr) == (1, True)
    for when in ("yesterday", "0001-01-01", "9999-12-31T23:00-14:00"):
        nonsense = host.tool("restore", "--at", when)
        assert (nonsense.returncode, f"--at {when} is no time" in nonsense.stderr) == (2, True), nonsense.stderr
    for words in (["broker", host.bundle().name], ["--file", str(host.bundle())]):
        both = host.tool("restore", "--at", at, *words)
        assert (both.returncode, "one is named" in both.stderr) == (2, True)
