"""Everything a run will need, before it needs it: what is wrong is found, said with a hint, and hides nothing else."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from backuptool.ledger import Entry, Ledger
from tests.cli.quick import QUICK
from tests.cli.test_round_trip import Host
from tests.cli.test_stores import flipped
from tests.shells.programs import install
from tests.stores.davserver import PASSWORD, USER, DavServer, dav_server

Found = dict[str, dict[str, Any]]


@pytest.fixture
def dav(host: Host) -> Iterator[DavServer]:
    """The store is a collection that is not made yet."""
    (host.folder / "dav").mkdir()
    password = host.folder / "password"
    password.write_text(f"{PASSWORD}\n")
    password.chmod(0o600)
    with dav_server(host.folder / "dav") as server:
        lines = f'type = "webdav"\nurl = "{server.url}x/"\nuser = "{USER}"\npassword_file = "{password}"\n'
        host.config.write_text(host.config.read_text().partition('type = "directory"')[0] + lines)
        yield server


def doctor(host: Host, code: int, *words: str) -> Found:
    """What it found, by check (there is one plan, one store)."""
    done = host.tool("doctor", "--json", "--root", str(host.folder), *words)
    assert done.returncode == code, done.stderr + done.stdout
    found = {one["check"]: one for one in json.loads(done.stdout)}
    assert all(one["hint"] for one in found.values() if one["grade"] in {"warning", "failed"})
    return found


def changed(host: Host, old: str, new: str) -> None:
    text = host.config.read_text()
    assert old in text
    host.config.write_text(text.replace(old, new))


class TestWell:
    def test_everything_is_looked_at_and_nothing_is_left(self, host: Host, dav: DavServer) -> None:
        host.ok("backup")
        before = {path: path.stat().st_mtime_ns for path in (host.folder / "dav").rglob("*") if path.is_file()}
        found = doctor(host, 0)
        assert {name for name, one in found.items() if one["grade"] != "ok"} == {"schedule", "keep"}
        assert list(found) == [
            "backuptool", "configuration", "tar", "openssl", "schedule", "keys", "keep", "shell", "database", "rights",
            "pg_dump", "work_dir", "state_dir", "lock", "settings", "scheme", "listing", "clock", "room", "trial",
            "last bundle",
        ]  # fmt: skip
        assert found["trial"]["found"] == "a small file was put, read back, renamed and deleted"
        assert {path: path.stat().st_mtime_ns for path in before} == before
        assert {path for path in (host.folder / "dav").rglob("*") if path.is_file()} == set(before)

    def test_a_person_reads_it_in_eighty_columns(self, host: Host) -> None:
        host.ok("backup")
        lines = host.tool("doctor", "--root", str(host.folder)).stdout.splitlines()
        assert max(len(line) for line in lines if "/" not in line) <= 80
        assert lines[0] == "this host"
        assert [line for line in lines if not line.startswith(" ")] == [
            "this host", "plan broker", f"plan broker, {host.store}",
        ]  # fmt: skip
        assert "  WARNING schedule      nothing runs the plans every night" in lines
        assert "                        hint: backuptool install cron, or: install systemd" in lines
        assert "\x1b" not in "".join(lines)

    def test_it_works_in_crons_environment(self, host: Host) -> None:
        argv = [*QUICK, "--config", str(host.config), "doctor", "--root", str(host.folder)]
        done = subprocess.run(argv, env={"PATH": "/usr/bin:/bin"}, cwd="/", capture_output=True, text=True, check=False)
        assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    ("change", "check", "said"),
    [
        (('database = "broker"', 'database = "absent"'), "database", 'database "absent" does not exist'),
        (("create = true", ""), "listing", "does not exist"),
        (("[plans.broker]", '[plans.broker]\nhooks = { before = ["/none/x"] }'), "told", "/none/x is no program"),
        (("[plans.broker]", '[plans.broker]\nnotify = { ping_url_file = "/none" }'), "told", "/none does not exist"),
        pytest.param(
            ("[plans.broker]", '[plans.broker]\nsigning_key = "/none"'),
            "signing",
            "signing key /none does not exist",
            marks=pytest.mark.needs("ssh-keygen"),
        ),
        (("passphrase.txt", "none.txt"), "keys", "none.txt does not exist"),
    ],
)
def test_one_failing_check_does_not_stop_the_others(host: Host, change: tuple[str, str], check: str, said: str) -> None:
    changed(host, *change)
    found = doctor(host, 1)
    assert (found[check]["grade"], said in found[check]["found"]) == ("failed", True), found[check]
    assert {name for name, one in found.items() if one["grade"] == "failed"} <= {check, "last bundle"}
    assert len(found) >= 16


class TestHost:
    def test_a_configuration_that_others_may_write_is_a_failure(self, host: Host) -> None:
        host.config.chmod(0o622)
        assert "others may write" in doctor(host, 1)["configuration"]["found"]

    def test_a_ping_url_that_everybody_may_read_is_a_warning(self, host: Host) -> None:
        changed(host, "[plans.broker]", '[plans.broker]\nnotify = { ping_url = "https://x.example/s3cret" }')
        host.config.chmod(0o644)
        found = doctor(host, 0)
        assert found["configuration"]["grade"] == "warning"
        assert "s3cret" not in json.dumps(found)

    def test_a_passphrase_that_everybody_may_read_is_a_failure(self, host: Host) -> None:
        (host.folder / "passphrase.txt").chmod(0o644)
        found = doctor(host, 1)["keys"]
        assert (found["grade"], found["hint"]) == ("failed", f"chmod 600 {host.folder}/passphrase.txt")

    def test_a_short_passphrase_is_a_warning(self, host: Host) -> None:
        (host.folder / "passphrase.txt").write_text("short\n")
        assert "a passphrase of only 5 bytes" in doctor(host, 0)["keys"]["found"]

    def test_a_host_without_tar_or_openssl_is_told(self, host: Host, tmp_path: Path) -> None:
        programs = tmp_path / "programs"
        programs.mkdir()
        for name in ("sh", "env", "grep", "cat", "kill", "sleep"):
            (programs / name).symlink_to(shutil.which(name) or "/none")
        done = host.run("--config", str(host.config), "doctor", "--json", PATH=str(programs))
        found = {one["check"]: one for one in json.loads(done.stdout)}
        assert (done.returncode, found["tar"]["grade"], found["openssl"]["grade"]) == (1, "failed", "warning")

    def test_another_run_is_said_and_not_disturbed(self, host: Host) -> None:
        ready, over = host.folder / "ready", host.folder / "over"
        os.mkfifo(ready)
        os.mkfifo(over)
        argv = json.dumps(["sh", "-c", f'echo > "{ready}"; cat "{over}"'])
        changed(host, "[plans.broker]", f"[plans.broker]\nhooks = {{ before = {argv} }}")
        run = threading.Thread(target=host.tool, args=("backup",))
        run.start()
        ready.read_text()
        found = doctor(host, 0)
        over.write_text("")
        run.join()
        assert found["lock"]["grade"] == found["trial"]["grade"] == "warning"
        assert "another run of plan broker is under way" in found["trial"]["found"]
        assert host.bundle()

    def test_a_pg_dump_older_than_the_server_is_a_failure(self, host: Host) -> None:
        own = host.folder / "bin"
        own.mkdir()
        (own / "pg_dump").write_text("#!/bin/sh\necho 'pg_dump (PostgreSQL) 13.9 (Debian 13.9-1)'\n")
        (own / "pg_dump").chmod(0o755)
        changed(host, f'path = "{host.server.programs}"', f'path = "{own}:{host.server.programs}"')
        found = doctor(host, 1)["pg_dump"]
        assert re.match(r"pg_dump is 13, the server \d+: ", found["found"])

    def test_too_little_room_for_another_backup_is_a_failure(self, host: Host) -> None:
        ledger = Ledger(host.folder / "state")
        entry = Entry("2026-11-23T04:05:06+00:00", "broker", "x.tar", "stored", "/d", "download", 1 << 60, 1, "")
        ledger.add(entry)
        assert "the last backup took" in doctor(host, 1)["work_dir"]["found"]

    @pytest.mark.parametrize("program", ["pg_restore", "pg_dumpall"])
    def test_a_program_that_a_backup_needs_besides_pg_dump_is_looked_for(self, host: Host, program: str) -> None:
        own = host.folder / "bin"
        own.mkdir()
        (own / program).write_text(f"#!/bin/sh\necho 'sh: {program}: not found' >&2\nexit 127\n")
        (own / program).chmod(0o755)
        changed(host, f'path = "{host.server.programs}"', f'path = "{own}:{host.server.programs}"')
        assert program in doctor(host, 1)["pg_dump"]["found"]
        if program == "pg_dumpall":
            changed(host, "[plans.broker]", "[plans.broker]\nroles = false")
            assert doctor(host, 0)["pg_dump"]["grade"] == "ok"


class TestRights:
    """A table that cannot be read ends the whole dump: so it is found before the night."""

    @pytest.fixture
    def dumper(self, host: Host) -> Iterator[Host]:
        """The plan's user reads the database broker by grants of its own."""
        object_ = "grant select on large object 700001 to dumper"
        host.server.psql(f"create role dumper login; grant pg_read_all_data to dumper; {object_}", "broker")
        changed(host, 'user = "postgres"', 'user = "dumper"')
        yield host
        host.server.psql("drop owned by dumper; drop role dumper", "broker")

    def test_who_may_read_all_of_it_is_well(self, dumper: Host) -> None:
        assert doctor(dumper, 0)["rights"]["grade"] == "ok"
        dumper.ok("backup")

    def test_tables_that_it_may_not_read_are_named(self, dumper: Host) -> None:
        dumper.server.psql("revoke pg_read_all_data from dumper", "broker")
        found = doctor(dumper, 1)["rights"]
        assert re.search(r"the user dumper may not read .*public\.\w+ and \d+ more", found["found"])
        assert "pg_read_all_data" in found["hint"]
        assert dumper.tool("backup").returncode == 5
        changed(dumper, "[plans.broker.source]", '[plans.broker.source]\nextra_args = ["--schema=none"]')
        assert doctor(dumper, 0)["rights"]["grade"] == "warning", "what the dump may leave out"

    def test_a_table_with_row_level_security_is_named(self, dumper: Host) -> None:
        dumper.server.psql("alter table public.submission enable row level security", "broker")
        try:
            found = doctor(dumper, 1)["rights"]["found"]
            assert dumper.tool("backup").returncode == 5
        finally:
            dumper.server.psql("alter table public.submission disable row level security", "broker")
        assert found == "row-level security hides rows of public.submission from the user dumper"

    def test_a_large_object_of_somebody_elses_is_named(self, dumper: Host) -> None:
        dumper.server.psql("revoke select on large object 700001 from dumper", "broker")
        assert "may not read large object 700001" in doctor(dumper, 1)["rights"]["found"]
        assert dumper.tool("backup").returncode == 5


class TestContainers:
    @pytest.fixture
    def compose(self, host: Host) -> Host:
        """The database's programs are in a container of stand-ins; docker answers."""
        (host.folder / "compose.yml").touch()
        shell = f'{{ type = "compose", file = "{host.folder}/compose.yml", service = "postgres" }}'
        changed(host, f'{{ type = "local", path = "{host.server.programs}" }}', shell)
        return host

    def run(self, host: Host, code: int, **more: bool) -> Found:
        programs = host.folder / "programs"
        programs.mkdir(exist_ok=True)
        install(programs, v2=True, **more)
        path = f"{programs}:{host.server.programs}:{os.environ['PATH']}"
        done = host.run("--config", str(host.config), "doctor", "--json", PATH=path)
        assert done.returncode == code, done.stdout
        return {one["check"]: one for one in json.loads(done.stdout)}

    def test_a_container_that_runs_is_named(self, compose: Host) -> None:
        found = self.run(compose, 0)
        assert found["engine"]["grade"] == "ok"
        assert found["shell"]["found"] == f"service postgres of {compose.folder}/compose.yml runs"
        assert found["database"]["grade"] == found["pg_dump"]["grade"] == "ok"

    def test_a_container_that_is_down_costs_what_is_in_it_only(self, compose: Host) -> None:
        found = self.run(compose, 1, running=False)
        assert found["shell"]["grade"] == "failed"
        assert "up -d postgres" in found["shell"]["hint"]
        assert found["pg_dump"]["found"] == "not looked at, because `shell` failed"
        assert found["trial"]["grade"] == "ok"

    def test_a_missing_compose_file_is_named(self, compose: Host) -> None:
        (compose.folder / "compose.yml").unlink()
        assert f"no compose file {compose.folder}/compose.yml" in self.run(compose, 1)["shell"]["found"]

    def test_a_script_that_is_not_there_is_named(self, compose: Host) -> None:
        changed(compose, "[plans.broker.source]", '[plans.broker.source]\ntype = "script"\ncommand = ["no-such"]')
        assert "there is no no-such in service postgres" in self.run(compose, 1)["script"]["found"]


class TestStores:
    def test_a_refused_password_is_said_before_all_else(self, host: Host, dav: DavServer) -> None:
        (host.folder / "password").write_text("wrong\n")
        found = doctor(host, 1)
        assert "refuses the user name or password (401)" in found["listing"]["found"]
        assert {found[name]["grade"] for name in ("clock", "room", "trial", "last bundle")} == {"skipped"}

    def test_a_password_that_everybody_may_read_is_a_failure(self, host: Host, dav: DavServer) -> None:
        (host.folder / "password").chmod(0o644)
        assert doctor(host, 1)["settings"]["hint"] == f"chmod 600 {host.folder}/password"

    def test_a_server_that_is_away_is_not_waited_for(self, host: Host, dav: DavServer) -> None:
        changed(host, dav.url, "http://127.0.0.1:9/")
        begin = datetime.now(UTC)
        assert "it refuses connections" in doctor(host, 1)["listing"]["found"]
        assert (datetime.now(UTC) - begin).total_seconds() < 60

    def test_a_folder_that_lists_and_takes_nothing_is_found_out(self, host: Host) -> None:
        """The positive control of `trial`: all else is well there."""
        changed(host, f'path = "{host.store}"', 'path = "/proc/self"')
        found = doctor(host, 1)
        assert (found["room"]["grade"], found["trial"]["grade"]) == ("warning", "failed"), "it has no room, /proc"

    def test_another_passphrase_than_that_of_the_last_bundle_is_a_failure(self, host: Host) -> None:
        host.ok("backup")
        (host.folder / "passphrase.txt").write_text("another one that is long enough\n")
        assert doctor(host, 1)["last bundle"]["found"] == "this passphrase does not open the bundle"

    def test_a_bundle_whose_end_was_altered_is_a_failure(self, host: Host) -> None:
        host.ok("backup")
        content = host.bundle().read_bytes()
        flipped(host.bundle())  # in the data, which is not looked at here
        assert doctor(host, 0)["last bundle"]["grade"] == "ok"
        host.bundle().write_bytes(content.replace(b'"sequence"', b'"seqvence"'))
        assert doctor(host, 1)["last bundle"]["grade"] == "failed"

    def test_what_a_killed_doctor_left_is_removed_and_others_files_are_kept(self, host: Host) -> None:
        host.ok("backup")
        ours = f"backuptool-doctor_broker_{host.bundle().name.split('_')[1]}.probe"
        upload = "backuptool-doctor_other_other.probe.upload-0123456789abcdef"
        theirs = ["backuptool-doctor_broker_other.probe", "notes.txt", upload]
        for name in (ours, f"{ours}.upload-0123456789abcdef", *theirs):
            (host.store / name).write_text("x")
        assert doctor(host, 0)["trial"]["grade"] == "ok"
        assert sorted(path.name for path in host.store.iterdir()) == sorted([*theirs, host.bundle().name])


def test_an_unknown_plan_is_a_usage_error(host: Host) -> None:
    assert host.tool("doctor", "nonsense").returncode == 2
