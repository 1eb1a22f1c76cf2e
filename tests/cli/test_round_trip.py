"""The command line on an embedded server: from a database to a folder and back, and what is said when it cannot be."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from backuptool.embedded.postgresql import PostgreSQL
from backuptool.shells.local import Local
from backuptool.sources.server import Server
from backuptool.sources.session import session
from tests.cli.quick import QUICK, TOOL

SOP = 'kdf = "sop"\n'
DIGEST = "select md5(string_agg(t::text, '' order by id)) from submission t"


@dataclass
class Host:
    folder: Path
    server: PostgreSQL
    argv: tuple[str, ...] = QUICK

    @property
    def store(self) -> Path:
        return self.folder / "store"

    @property
    def config(self) -> Path:
        return self.folder / "config.toml"

    def run(self, *words: str, **more: str) -> subprocess.CompletedProcess[str]:
        environment = {"PATH": os.environ["PATH"], "HOME": str(self.folder), **more}
        argv = [*self.argv, *words]
        return subprocess.run(argv, env=environment, cwd=self.folder, capture_output=True, text=True, check=False)

    def tool(self, *words: str) -> subprocess.CompletedProcess[str]:
        return self.run("--config", str(self.config), *words)

    def ok(self, *words: str) -> str:
        done = self.tool(*words)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def bundle(self) -> Path:
        return max(self.store.glob("*.tar"))


def made_host(tmp_path: Path, server: PostgreSQL) -> Host:
    """A host in `tmp_path`, with a plan for the database broker of `server`.

    Keys are derived as the old script did it: the other way is 3 s of one core in each backup, and as much in each
    restore. `with_defaults` has it, and the suite in docker.
    """
    (tmp_path / "passphrase.txt").write_text("correct horse battery staple\n")
    (tmp_path / "passphrase.txt").chmod(0o600)
    made = Host(tmp_path, server)
    made.config.write_text(
        f"""
state_dir = "{tmp_path}/state"
[plans.broker]
{SOP}passphrase_file = "{tmp_path}/passphrase.txt"
[plans.broker.source]
database = "broker"
user = "postgres"
host = "{server.socket}"
shell = {{ type = "local", path = "{server.programs}" }}
[[plans.broker.stores]]
type = "directory"
path = "{made.store}"
create = true
"""
    )
    return made


def with_defaults(host: Host) -> Host:
    """The same host, where all is as it is elsewhere: what is started, and how the plan derives keys."""
    text = host.config.read_text()
    assert SOP in text
    host.argv = TOOL
    host.config.write_text(text.replace(SOP, ""))
    return host


def test_a_backup_goes_round_and_the_copy_dumps_byte_for_byte_the_same(host: Host) -> None:
    with_defaults(host).ok("backup")
    name = host.bundle().name
    assert name in host.ok("list")
    verdict = json.loads(host.ok("verify", "--json"))[0]
    assert (verdict["backup"], verdict["verdict"], verdict["sequence"]) == (name, "whole", 1)
    host.ok("restore", "--into", "copy")
    assert dump(host, "copy") == dump(host, "broker")
    settings = (
        "select setconfig from pg_db_role_setting s join pg_database d on d.oid = setdatabase"
        " where datname = '{}' order by 1"
    )
    assert host.server.psql(settings.format("copy")) == host.server.psql(settings.format("broker")) != ""
    about = (
        "select pg_get_userbyid(datdba), shobj_description(oid, 'pg_database') from pg_database where datname = '{}'"
    )
    assert host.server.psql(about.format("copy")) == host.server.psql(about.format("broker"))
    host.server.psql("drop database copy")


def dump(host: Host, database: str) -> bytes:
    command = [str(host.server.programs / "pg_dump"), "-h", str(host.server.socket), "-U", "postgres", database]
    made = subprocess.run(command, capture_output=True, check=True, env={"PGTZ": "UTC"}).stdout
    token = made.partition(b"\\restrict ")[2].partition(b"\n")[0]
    return made.replace(token, b"") if token else made


def test_a_second_backup_follows_the_first(host: Host) -> None:
    host.ok("backup")
    first = host.bundle()
    host.ok("backup")
    assert len(list(host.store.iterdir())) == 2
    assert json.loads(host.ok("verify", "--json"))[0]["sequence"] == 2
    assert json.loads(host.ok("verify", "broker", first.name, "--json"))[0]["sequence"] == 1


def test_a_backup_that_waits_for_somebodys_lock_ends_when_its_time_is_over(host: Host) -> None:
    """And the next night's is made."""
    host.config.write_text(host.config.read_text().replace("[plans.broker]", '[plans.broker]\ntime_limit = "1h"', 1))
    server = Server(Local(str(host.server.programs)), "broker", "postgres", str(host.server.socket))
    dumps = "select count(*) from pg_stat_activity where application_name = 'pg_dump'"
    argv = [*host.argv, "--config", str(host.config), "backup"]
    with session(server) as somebody:
        somebody.ask("begin; lock table public.submission in access exclusive mode; select 1")
        with subprocess.Popen(argv, cwd=host.folder, stderr=subprocess.PIPE, text=True) as tool:
            while host.server.psql(f"{dumps} and wait_event_type = 'Lock'") == "0":
                assert tool.poll() is None
            tool.send_signal(signal.SIGALRM)  # the timer's, wherever the tool is by then
            _, said = tool.communicate()
    assert (tool.returncode, said.splitlines()[0]) == (
        1, "backuptool: the backup of broker was not done within 3600 s and was ended",
    )  # fmt: skip
    assert list(host.store.iterdir()) == []
    assert [left for left in (host.folder / "state").iterdir() if left.is_dir()] == []
    # The server sees that its client has gone when the lock is its own.
    while host.server.psql(dumps) != "0":
        pass


def test_a_backup_is_silent_without_a_terminal(host: Host) -> None:
    done = host.tool("backup")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_a_bundle_on_disk_is_verified_decrypted_and_restored_under_any_name(host: Host) -> None:
    host.ok("backup")
    moved = host.folder / "renamed.tar"
    shutil.move(host.bundle(), moved)
    for words in (["verify", "--file"], ["decrypt", "-o", "made.sql.gz"], ["restore", "--into", "from_file", "--file"]):
        done = host.tool(*words, str(moved))
        assert (done.returncode, "renamed.tar was made as broker_" in done.stderr) == (0, True), done.stderr
    assert host.server.psql(DIGEST, "from_file") == host.server.psql(DIGEST, "broker")
    host.server.psql("drop database from_file")


def test_decrypt_needs_no_plan_and_replaces_nothing(host: Host) -> None:
    host.ok("backup")
    words = ("decrypt", str(host.bundle()), "--passphrase-file", str(host.folder / "passphrase.txt"))
    done = host.run(*words)
    assert done.returncode == 0, done.stderr
    made = host.folder / done.stdout.strip()
    assert made.stat().st_mode & 0o777 == 0o600
    plain = subprocess.run(["gunzip", "-c", made], capture_output=True, check=True).stdout
    assert plain.startswith(b"--\n-- PostgreSQL database dump\n--\n")
    again = host.run(*words)
    assert (again.returncode, "exists already" in again.stderr) == (2, True)


@pytest.mark.parametrize("options", ["-pbkdf2 -iter 600000", "-pbkdf2", "", "-md md5"])
def test_decrypt_opens_what_the_old_procedure_left(host: Host, options: str) -> None:
    (host.folder / "old.sql").write_text("select 1;\n")
    passphrase = host.folder / "passphrase.txt"
    encrypt = f"openssl enc -e -aes-256-cbc {options} -kfile {passphrase} -in old.sql.gz -out old.sql.gz.enc"
    for command in ("gzip old.sql", encrypt, "rm old.sql.gz"):
        subprocess.run(shlex.split(command), cwd=host.folder, check=True, capture_output=True)
    done = host.run("decrypt", "old.sql.gz.enc", "--passphrase-file", str(passphrase))
    assert (done.returncode, done.stdout) == (0, "old.sql.gz\n"), done.stderr
    assert (
        subprocess.run(["gunzip", "-c", host.folder / "old.sql.gz"], capture_output=True, check=True).stdout
        == b"select 1;\n"
    )


def test_a_wrong_passphrase_is_said(host: Host) -> None:
    host.ok("backup")
    (host.folder / "passphrase.txt").write_text("another one\n")
    done = host.tool("verify")
    assert done.returncode == 4
    assert "this passphrase does not open the bundle" in done.stderr
    assert "hint: " in done.stderr


def test_an_older_passphrase_still_opens_its_bundles(host: Host) -> None:
    host.ok("backup")
    shutil.copy(host.folder / "passphrase.txt", host.folder / "old.txt")
    (host.folder / "passphrase.txt").write_text("another one\n")
    key = f'passphrase_file = "{host.folder}/passphrase.txt"'
    host.config.write_text(
        host.config.read_text().replace(key, f'{key}\nold_passphrase_files = ["{host.folder}/old.txt"]')
    )
    host.ok("verify")


def test_a_database_with_tables_is_never_restored_into(host: Host) -> None:
    host.ok("backup")
    done = host.tool("restore")
    assert done.returncode == 2
    hint = "hint: restore into a new one: --into broker_restored; or in place of this one, which is kept: --replace"
    assert done.stderr.splitlines()[-1] == hint


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("verify", "nonsense"), "there is no plan 'nonsense'"),
        (("verify", "broker", "nonsense"), "there is no backup of broker"),
        (("list", "other"), "there is no plan 'other'"),
        (("verify", "a", "b", "c"), "too many words"),
        (("decrypt", "none.tar"), "none.tar: No such file"),
        (("verify", "--file", "none.tar"), "none.tar: No such file"),
    ],
)
def test_a_mistake_on_the_command_line_is_one_line_and_a_hint(host: Host, words: tuple[str, ...], said: str) -> None:
    done = host.tool(*words)
    lines = done.stderr.strip().splitlines()
    assert done.returncode != 0
    assert said in lines[0]
    assert len(lines) == 2, done.stderr
    assert lines[1].startswith("hint: ")


def test_without_any_configuration_it_says_what_to_do(host: Host) -> None:
    done = host.run("--config", "none.toml", "backup")
    assert (done.returncode, "there is no configuration none.toml" in done.stderr) == (2, True)


def test_a_disk_that_is_not_mounted_takes_no_backup(host: Host) -> None:
    host.config.write_text(host.config.read_text().replace("create = true\n", ""))
    done = host.tool("backup")
    assert done.returncode == 6
    assert done.stderr.splitlines()[0].endswith(f"{host.store} does not exist")
    assert "mount what should be there" in done.stderr
    assert not host.store.exists()


def test_a_disk_that_fills_up_is_one_line(host: Host) -> None:
    argv = f"ulimit -f 200; exec {shlex.join(QUICK)} --config {host.config} backup"
    done = subprocess.run(["bash", "-c", argv], capture_output=True, text=True, check=False, cwd=Path.cwd())
    lines = done.stderr.splitlines()
    assert (done.returncode, len(lines), "File too large" in lines[0]) == (1, 2, True), done.stderr
    assert not list((host.folder / "state").glob("backuptool-run-*"))


def test_version_and_help_are_there() -> None:
    for words in (["--version"], ["--help"], ["backup", "--help"]):
        done = subprocess.run([sys.executable, "-m", "backuptool", *words], capture_output=True, text=True, check=False)
        assert done.returncode == 0
        assert max(map(len, done.stdout.splitlines())) <= 80
