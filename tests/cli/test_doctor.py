"""Everything a run will need, before it needs it: what is wrong is found, said with a hint, and hides nothing else."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import threading
from pathlib import Path

import pytest

from backuptool.ledger import Entry, Ledger
from tests.cli.doctoring import changed, doctor
from tests.cli.quick import QUICK
from tests.cli.test_round_trip import Host
from tests.stores.davserver import DavServer


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

    def test_what_is_to_be_copied_into_the_configuration_is_in_one_line(self, host: Host) -> None:
        lines = host.tool("doctor", "--root", str(host.folder)).stdout.splitlines()
        assert "                        keep = {last = 7, daily = 14, weekly = 8, monthly = 12}" in lines

    def test_what_the_head_of_a_list_says_is_not_said_again(self, host: Host, dav: DavServer) -> None:
        changed(host, f"{dav.url}x/", "http://127.0.0.1:9/x/")
        lines = host.tool("doctor", "--root", str(host.folder)).stdout.splitlines()
        assert "plan broker, http://127.0.0.1:9/x/" in lines
        assert "  FAILED  listing       127.0.0.1: it refuses connections" in lines

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


def test_an_unknown_plan_is_a_usage_error(host: Host) -> None:
    assert host.tool("doctor", "nonsense").returncode == 2
