"""A first configuration from the old procedure's script: written once, and looked at at once."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from backuptool.sources.answer import END
from tests.cli.test_environment import MAIN
from tests.cli.test_round_trip import Host
from tests.init.sample import ITSELF, VALUES
from tests.stores.davserver import PASSWORD, USER, DavServer


def script(host: Host, **values: str) -> Path:
    """The old script, with a host's own places in it."""
    text = ITSELF
    for name, value in values.items():
        text = text.replace(VALUES[name], value)
    path = host.folder / "db_backup"
    path.write_text(text)
    return path


@pytest.fixture
def old(host: Host, cloud: DavServer) -> Path:
    """The script of a host whose store has two old backups, and whose curl config works."""
    (host.folder / "dav" / "b").mkdir()
    for name in ("backup_2026_01_01T03_00_00.tar", "backup_2026_01_02T03_00_00.tar", "notes.txt"):
        (host.folder / "dav" / "b" / name).touch()
    curl = host.folder / "curl.conf"
    curl.write_text(f'user = "{USER}:{PASSWORD}"\n')
    curl.chmod(0o600)
    return script(
        host, COMPOSE_FILE=f"{host.folder}/docker-compose.yml", LOCAL_BACKUP_DIR=f"{host.folder}/work",
        REMOTE_BACKUP_URL=f"{cloud.url}b/", CURL_CONF=str(curl), PASSPHRASE_FILE=f"{host.folder}/passphrase.txt",
    )  # fmt: skip


def init(host: Host, path: Path, engine: str, *words: str) -> subprocess.CompletedProcess[str]:
    argv = [sys.executable, "-c", MAIN, "--config", str(path), "init", "--root", str(host.folder), *words]
    environment = {"PATH": engine, "HOME": str(host.folder)}
    return subprocess.run(argv, env=environment, cwd=host.folder, capture_output=True, text=True, check=False)


class TestFromSop:
    def test_it_is_written_and_looked_at_and_nothing_else_changes(self, host: Host, old: Path, engine: str) -> None:
        version = 'case "$*" in *server_version*) printf "UTF8\\n17.2,17000,1000\\n";; esac'
        (host.folder / "programs" / "psql").write_text(f"#!/bin/sh\n{version}\necho '{END}'\n")
        for name in ("pg_dump", "pg_restore", "pg_dumpall"):
            (host.folder / "programs" / name).write_text(f"#!/bin/sh\necho '{name} (PostgreSQL) 17.2'\n")
        for name in ("psql", "pg_dump", "pg_restore", "pg_dumpall"):
            (host.folder / "programs" / name).chmod(0o755)
        new = host.folder / "etc" / "config.toml"
        before = {path for path in host.folder.rglob("*") if path.is_file() and "answers" not in path.parts}
        state = host.folder / ".local" / "state" / "backuptool" / "b.lock"
        done = init(host, new, engine, "--from-sop", str(old))
        assert done.returncode == 0, done.stdout + done.stderr
        lines = done.stdout.splitlines()
        assert lines[0] == f"{new} is written: plan b"
        assert lines[2].startswith("the old procedure's backups in http://127.0.0.1")
        assert lines[3:5] == ["  backup_2026_01_02T03_00_00.tar", "  backup_2026_01_01T03_00_00.tar"]
        assert "  ok      keys          " in done.stdout
        assert "renamed and deleted" in done.stdout
        after = {path for path in host.folder.rglob("*") if path.is_file() and "answers" not in path.parts}
        assert after - before == {new, state}
        assert not before - after
        assert new.stat().st_mode & 0o777 == 0o600
        assert new.parent.stat().st_mode & 0o777 == 0o700

    def test_what_doctor_finds_decides_about_the_exit_code(self, host: Host, old: Path, engine: str) -> None:
        (host.folder / "passphrase.txt").unlink()
        done = init(host, host.folder / "new.toml", engine, "--from-sop", str(old))
        assert (done.returncode, "checks failed" in done.stderr) == (1, True)
        assert (host.folder / "new.toml").exists()

    def test_what_is_not_known_of_the_script_is_told_and_stands_in_the_configuration(
        self, host: Host, old: Path, engine: str
    ) -> None:
        old.write_text(old.read_text().replace("postgres backup", "postgres pg_dumpall -U postgres"))
        done = init(host, host.folder / "new.toml", engine, "--from-sop", str(old))
        doubt = f"{old}, line 8: pg_dumpall dumps every database, and a plan is of one: write it into the source as"
        assert doubt in done.stderr
        assert f"# To be checked: {doubt}" in (host.folder / "new.toml").read_text()

    def test_a_configuration_that_is_there_is_never_replaced(self, host: Host, old: Path, engine: str) -> None:
        before = host.config.read_text()
        done = init(host, host.config, engine, "--from-sop", str(old))
        assert (done.returncode, host.config.read_text()) == (2, before)
        assert f"{host.config} is there already, and is not replaced" in done.stderr
        link = host.folder / "link"
        link.symlink_to(host.folder / "none")
        assert init(host, link, engine, "--from-sop", str(old)).returncode == 2

    def test_a_script_that_lacks_a_variable_is_told_and_nothing_is_written(self, host: Host, engine: str) -> None:
        path = script(host)
        path.write_text(path.read_text().replace("CURL_CONF=", "CURL_CNF="))
        done = init(host, host.folder / "new" / "config.toml", engine, "--from-sop", str(path))
        assert (done.returncode, "CURL_CONF is missing" in done.stderr) == (2, True)
        assert not (host.folder / "new").exists()

    def test_a_value_that_no_configuration_can_have_is_told_and_nothing_is_written(
        self, host: Host, engine: str
    ) -> None:
        path = script(host, COMPOSE_FILE="docker-compose.yml")
        done = init(host, host.folder / "new" / "config.toml", engine, "--from-sop", str(path))
        assert (done.returncode, "is no absolute path" in done.stderr) == (2, True)
        assert not (host.folder / "new").exists()
