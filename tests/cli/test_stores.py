"""A plan with two stores: what is wrong with one of them never costs what the other has."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from backuptool.copies import made
from backuptool.embedded.postgresql import PostgreSQL
from backuptool.ledger import Ledger
from tests.cli.test_prune import KEEP
from tests.cli.test_round_trip import DIGEST, Host, made_host


@pytest.fixture
def host(tmp_path: Path, server: PostgreSQL) -> Host:
    """Its second store is the folder `second`."""
    host = made_host(tmp_path, server)
    stored_in(host, second(host))
    return host


@pytest.fixture
def first_away(host: Host) -> Host:
    """A file is where the first store's folder should be: the store neither lists nor takes anything."""
    host.store.touch()
    return host


def second(host: Host) -> Path:
    return host.folder / "second"


def stored_in(host: Host, *folders: Path, plan: str = "broker") -> None:
    more = [f'\n[[plans.{plan}.stores]]\ntype = "directory"\npath = "{folder}"\ncreate = true\n' for folder in folders]
    host.config.write_text(host.config.read_text() + "".join(more))


def names(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


def flipped(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


@pytest.mark.parametrize("folder", ["a folder that is a file", "a folder that is not there"])
def test_each_line_names_a_store_that_is_away_once(host: Host, folder: str) -> None:
    host.ok("backup")
    shutil.rmtree(host.store)
    if folder == "a folder that is a file":
        host.store.touch()
    text = host.config.read_text().replace("create = true", "", 1)
    host.config.write_text(text.replace("[plans.broker]", f"[plans.broker]\n{KEEP}", 1))
    for words in (["backup"], ["list"], ["verify"], ["restore", "--into", "named_once"], ["prune"], ["check"]):
        done = host.tool(*words)
        lines = [line for line in (done.stdout + done.stderr).splitlines() if str(host.store) in line]
        assert lines, words
        assert [line for line in lines if line.count(str(host.store)) > 1] == [], words
    host.server.psql("drop database named_once")


class TestBackup:
    def test_a_store_that_cannot_be_reached_costs_its_own_copy_only(self, first_away: Host) -> None:
        done = first_away.tool("backup", "--json")
        assert done.returncode == 3, done.stderr
        assert str(first_away.store) in done.stderr
        (told,) = json.loads(done.stdout)
        assert names(second(first_away)) == [told["backup"]]
        assert told["stores"] == {str(second(first_away)): "download"}
        assert [one["store"] for one in told["failed"]] == [str(first_away.store)]
        assert "Not a directory" in told["failed"][0]["error"]
        assert told["size"] == (second(first_away) / told["backup"]).stat().st_size

    def test_a_store_that_fails_after_the_dump_costs_its_own_copy_only(self, host: Host) -> None:
        stored_in(host, Path("/proc/none/there"))
        done = host.tool("backup", "--json")
        assert (done.returncode, "/proc/none" in done.stderr) == (3, True)
        (told,) = json.loads(done.stdout)
        assert names(second(host)) == names(host.store) == [told["backup"]]
        assert [one["store"] for one in told["failed"]] == ["/proc/none/there"]
        assert "/proc/none/there" in told["error"]

    def test_nothing_is_dumped_when_no_store_answers(self, first_away: Host) -> None:
        second(first_away).touch()
        done = first_away.tool("-v", "backup")
        assert (done.returncode, "dumping" in done.stderr) == (6, False), done.stderr

    def test_each_store_is_named_when_none_answers(self, first_away: Host) -> None:
        second(first_away).touch()
        lines = first_away.tool("backup").stderr.splitlines()
        assert [str(second(first_away)) in lines[0], str(first_away.store) in lines[1]] == [True, True], lines

    def test_a_store_that_is_back_after_the_dump_gets_its_copy(self, first_away: Host) -> None:
        programs, store = first_away.server.programs, first_away.store
        own = first_away.folder / "bin"
        own.mkdir()
        (own / "pg_dump").write_text(f'#!/bin/sh\nrm -f "{store}"\nexec "{programs}/pg_dump" "$@"\n')
        (own / "pg_dump").chmod(0o755)
        first_away.config.write_text(
            first_away.config.read_text().replace(f'path = "{programs}"', f'path = "{own}:{programs}"')
        )
        done = first_away.tool("backup")
        assert (done.returncode, str(store) in done.stderr) == (0, True), done.stderr
        assert names(store) == names(second(first_away))

    def test_a_plan_that_fails_beside_one_that_is_partly_stored_is_partly_done(self, first_away: Host) -> None:
        source = f'database = "none"\nuser = "postgres"\nhost = "{first_away.server.socket}"'
        shell = f'shell = {{ type = "local", path = "{first_away.server.programs}" }}'
        key = f'passphrase_file = "{first_away.folder}/passphrase.txt"'
        first_away.config.write_text(
            f"{first_away.config.read_text()}\n[plans.a]\n{key}\n[plans.a.source]\n{source}\n{shell}\n"
        )
        stored_in(first_away, second(first_away), plan="a")
        done = first_away.tool("backup", "a", "broker", "--json")
        assert done.returncode == 3, done.stderr
        failed, made = json.loads(done.stdout)
        assert (failed["plan"], failed["backup"], failed["stores"]) == ("a", None, {})
        assert 'database "none" does not exist' in failed["error"]
        assert (made["plan"], [made["backup"]]) == ("broker", names(second(first_away)))
        assert str(first_away.store) in made["error"], "it is not everywhere"
        alone = first_away.tool("backup", "a", "--json")
        assert (alone.returncode, json.loads(alone.stdout)) == (5, [failed])

    def test_a_store_that_failed_does_not_hide_that_another_could_not_be_pruned(self, host: Host) -> None:
        host.config.write_text(host.config.read_text().replace("[plans.broker]", f"[plans.broker]\n{KEEP}", 1))
        host.ok("backup")
        future = second(host) / re.sub(r"_20\d\d-", "_2131-", host.bundle().name)
        future.write_bytes(host.bundle().read_bytes())
        shutil.rmtree(host.store)
        host.store.touch()
        done = host.tool("backup")
        assert done.returncode == 3, done.stderr
        assert f"{second(host)}: {future.name} was not removed: " in done.stderr
        assert done.stderr.splitlines()[-2].endswith(f" in {host.store}: Not a directory")


class TestList:
    def test_a_store_that_answers_and_has_nothing_is_named(self, host: Host) -> None:
        host.ok("backup")
        host.bundle().unlink()
        assert host.ok("list").splitlines()[-1] == f"{host.store}: no backups of broker"
        assert [row["store"] for row in json.loads(host.ok("list", "--json"))] == [str(second(host))]

    def test_shows_what_it_can_and_names_the_store_that_failed(self, host: Host) -> None:
        host.ok("backup")
        shutil.rmtree(host.store)
        host.store.touch()
        done = host.tool("list")
        assert (done.returncode, str(host.store) in done.stderr) == (3, True)
        assert done.stdout.splitlines()[0] == str(second(host))
        assert names(second(host))[0] in done.stdout
        assert len(json.loads(host.tool("list", "--json").stdout)) == 1

    def test_an_empty_store_beside_one_that_failed_is_not_called_no_backups(self, first_away: Host) -> None:
        done = first_away.tool("list")
        assert (done.returncode, done.stdout) == (3, f"{second(first_away)}: no backups of broker\n")

    def test_fails_when_no_store_answers(self, first_away: Host) -> None:
        second(first_away).touch()
        done = first_away.tool("list")
        assert (done.returncode, done.stdout) == (6, "")


class TestVerify:
    def test_reports_every_store_and_names_the_one_with_the_bad_copy(self, host: Host) -> None:
        host.ok("backup")
        assert [one["verdict"] for one in json.loads(host.ok("verify", "--json"))] == ["whole", "whole"]
        flipped(host.bundle())
        done = host.tool("verify")
        assert done.returncode == 4
        assert f"  in {second(host)}" in done.stdout
        assert f"{host.bundle().name} in {host.store}: " in done.stderr.splitlines()[-2]
        told = json.loads(host.tool("verify", "--json").stdout)
        assert {one["store"]: one["verdict"] for one in told} == {str(host.store): "failed", str(second(host)): "whole"}

    def test_says_that_a_store_lacks_the_latest(self, host: Host) -> None:
        host.ok("backup")
        host.bundle().unlink()
        done = host.tool("verify")
        assert (done.returncode, f"{host.store} does not have" in done.stderr) == (3, True)
        assert f"  in {second(host)}" in done.stdout

    def test_says_that_the_newest_is_gone_from_all_stores(self, host: Host) -> None:
        host.ok("backup")
        older = host.bundle()
        host.ok("backup")
        newer = host.bundle().name
        for store in (host.store, second(host)):
            (store / newer).unlink()
        done = host.tool("verify")
        assert (done.returncode, done.stdout.count("authentic and whole")) == (4, 2)
        gone = f"{newer} was stored and is in no store that answers"
        assert done.stderr == f"backuptool: {gone}; {older.name} was verified\nhint: make a new backup\n"
        flipped(older)
        done = host.tool("verify")
        assert (done.returncode, gone in done.stderr) == (4, True)
        assert f"{older.name} in {host.store}: " in done.stderr.splitlines()[-2]
        assert host.tool("verify", older.name).stderr.count(gone) == 0, "it is what was asked for"

    def test_is_partly_done_when_a_store_does_not_answer(self, host: Host) -> None:
        host.ok("backup")
        shutil.rmtree(host.store)
        host.store.touch()
        done = host.tool("verify")
        assert (done.returncode, f"  in {second(host)}" in done.stdout) == (3, True)
        name = names(second(host))[0]
        assert host.tool("verify", name).returncode == 3
        assert host.tool("verify", name.replace("broker_", "other_")).returncode != 0


class TestRestore:
    @pytest.fixture
    def two(self, host: Host) -> tuple[Host, str, str]:
        """Two backups in both stores: the older, the newer."""
        host.ok("backup")
        older = host.bundle().name
        host.ok("backup")
        return host, older, host.bundle().name

    def restored(self, host: Host, name: str, *words: str) -> str:
        """What is said on stderr while it is restored."""
        done = host.tool("restore", *words, "--into", "copy_of_two")
        assert done.returncode == 0, done.stderr
        assert done.stdout.startswith(f"{name}: restored into copy_of_two\n  compared: ")
        assert host.server.psql(DIGEST, "copy_of_two") == host.server.psql(DIGEST, "broker")
        host.server.psql("drop database copy_of_two")
        return done.stderr

    def test_the_latest_is_the_newest_of_all_stores(self, two: tuple[Host, str, str]) -> None:
        host, _, newer = two
        (host.store / newer).unlink()
        self.restored(host, newer)

    def test_a_bad_copy_is_said_and_the_next_store_asked(self, two: tuple[Host, str, str]) -> None:
        host, older, newer = two
        flipped(host.store / newer)
        said = self.restored(host, newer)
        assert f"{newer} in {host.store}: " in said
        assert "trying the next store" in said
        flipped(second(host) / newer)
        done = host.tool("restore", "broker", newer, "--into", "never")
        assert done.returncode == 4
        first, last, _ = done.stderr.splitlines()
        assert "trying the next store" in first
        assert last.startswith(f"backuptool: {newer}: "), "what was wrong with the last copy is all that is said then"
        assert host.server.psql("select count(*) from pg_database where datname = 'never'") == "0"
        assert f"GOING BACK TO AN OLDER BACKUP: {older}" in self.restored(host, older)
        self.restored(host, older, older)

    def test_that_the_newest_is_gone_from_all_stores_is_said(self, two: tuple[Host, str, str]) -> None:
        host, older, newer = two
        for store in (host.store, second(host)):
            (store / newer).unlink()
        said = f"{newer} was stored and is in no store that answers\nbackuptool: GOING BACK TO AN OLDER BACKUP: {older}"
        assert said in self.restored(host, older)
        assert self.restored(host, older, older) == "", "it is what was asked for"
        assert self.restored(host, older, "--at", made(newer).isoformat()) == "", "it was not there then"
        (host.folder / "state" / "ledger.jsonl").unlink()
        assert self.restored(host, older) == "", "nobody knows"

    def test_what_prune_removed_is_not_missed(self, two: tuple[Host, str, str]) -> None:
        host, older, newer = two
        for store in (host.store, second(host)):
            (store / newer).unlink()
        ledger = Ledger(host.folder / "state")
        last = ledger.last("broker")
        assert last
        ledger.add(replace(last, event="removed"))
        assert self.restored(host, older) == ""

    def test_a_store_that_does_not_answer_is_said_and_may_have_a_newer_one(self, two: tuple[Host, str, str]) -> None:
        host, _, newer = two
        shutil.rmtree(host.store)
        host.store.touch()
        assert f"{host.store} may have a newer backup than {newer}" in self.restored(host, newer)
