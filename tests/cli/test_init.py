"""A first configuration: from a script, or from answers at a terminal; written once, and looked at at once."""

from __future__ import annotations

import os
import pty
import select
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.test_environment import MAIN
from tests.cli.test_round_trip import Host
from tests.init.test_from_sop import ITSELF, VALUES
from tests.shells.programs import install_engine
from tests.stores.davserver import PASSWORD, USER, DavServer, dav_server

LIMIT = 60  # s


@pytest.fixture
def dav(host: Host) -> Iterator[DavServer]:
    (host.folder / "dav").mkdir()
    with dav_server(host.folder / "dav", "basic") as server:
        yield server


@pytest.fixture
def engine(host: Host) -> str:
    """A PATH with a docker in which the service postgres runs."""
    place = host.folder / "programs"
    place.mkdir()
    compose = host.folder / "docker-compose.yml"
    compose.touch()
    install_engine(
        place, ids="abc\n", state_abc="true false /broker-postgres-1\n",
        labels="".join(
            f"{compose}\t{service}\t{project}\t{image}\n"
            for project in ("staging", "broker")
            for service, image in (("webdav", "apache"), ("postgres", "postgres:17"))
        ),
    )  # fmt: skip
    return f"{place}:{os.environ['PATH']}"


def script(host: Host, **values: str) -> Path:
    """The old script, with a host's own places in it."""
    text = ITSELF
    for name, value in values.items():
        text = text.replace(VALUES[name], value)
    path = host.folder / "db_backup"
    path.write_text(text)
    return path


@pytest.fixture
def old(host: Host, dav: DavServer) -> Path:
    """The script of a host whose store has two old backups, and whose curl config works."""
    (host.folder / "dav" / "b").mkdir()
    for name in ("backup_2026_01_01T03_00_00.tar", "backup_2026_01_02T03_00_00.tar", "notes.txt"):
        (host.folder / "dav" / "b" / name).touch()
    curl = host.folder / "curl.conf"
    curl.write_text(f'user = "{USER}:{PASSWORD}"\n')
    curl.chmod(0o600)
    return script(
        host, COMPOSE_FILE=f"{host.folder}/docker-compose.yml", LOCAL_BACKUP_DIR=f"{host.folder}/work",
        REMOTE_BACKUP_URL=f"{dav.url}b/", CURL_CONF=str(curl), PASSPHRASE_FILE=f"{host.folder}/passphrase.txt",
    )  # fmt: skip


def init(host: Host, path: Path, engine: str, *words: str) -> subprocess.CompletedProcess[str]:
    argv = [sys.executable, "-c", MAIN, "--config", str(path), "init", "--root", str(host.folder), *words]
    environment = {"PATH": engine, "HOME": str(host.folder)}
    return subprocess.run(argv, env=environment, cwd=host.folder, capture_output=True, text=True, check=False)


class TestFromSop:
    def test_it_is_written_and_looked_at_and_nothing_else_changes(self, host: Host, old: Path, engine: str) -> None:
        version = 'case "$*" in *server_version*) printf "UTF8\\n17.2,17000,1000\\n";; esac'
        (host.folder / "programs" / "psql").write_text(f"#!/bin/sh\n{version}\n")
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
        assert (done.returncode, "is not an absolute path" in done.stderr) == (2, True)
        assert not (host.folder / "new").exists()


class Person:
    """Answers at a terminal: each with what is waited for before."""

    def __init__(self, host: Host, path: Path, engine: str) -> None:
        self.said = ""
        argv = [sys.executable, "-c", MAIN, "--config", str(path), "init", "--root", str(host.folder)]
        environment = {"PATH": engine, "HOME": str(host.folder), "TERM": "dumb"}
        self._pid, self._terminal = pty.fork()
        if self._pid == 0:
            os.chdir(host.folder)
            os.execve(sys.executable, argv, environment)  # noqa: S606 - the child of pty.fork

    def answer(self, question: str, text: str) -> None:
        """Wait for the question, type the answer."""
        self._read(question)
        os.write(self._terminal, f"{text}\n".encode())

    def describe(self, store: str) -> None:
        """Answer all that is asked of a plan until its store has been named: it is called x, of the first service."""
        self.answer("Which service", "")
        self.answer("Name of the plan", "x")
        self.answer("Database", "")
        self.answer("Where backups go", store)

    def end(self) -> int:
        """Read to the end; the exit code."""
        self._read("")
        os.close(self._terminal)
        return os.waitstatus_to_exitcode(os.waitpid(self._pid, 0)[1])

    def _read(self, until: str) -> None:
        seen = ""
        while not (until and until in seen):
            assert select.select([self._terminal], [], [], LIMIT)[0], f"{until!r} was not asked: {self.said}"
            try:
                block = os.read(self._terminal, 4096).decode(errors="replace")
            except OSError:  # EIO: it has ended
                block = ""
            if not block:
                assert not until, f"{until!r} was not asked: {self.said}"
                return
            seen += block
            self.said += block


class TestQuestions:
    def test_a_few_answers_make_a_plan_with_keys_of_its_own(self, host: Host, dav: DavServer, engine: str) -> None:
        new = host.folder / "etc" / "config.toml"
        person = Person(host, new, engine)
        person.answer("Which service", "2")
        person.answer("Name of the plan", "Broker!")
        person.answer("small letters", "broker")
        person.answer("Database", "")
        person.answer("Where backups go", "ftp://x")
        person.answer("http or https", f"{dav.url}new/")
        person.answer("User name at 127.0.0.1", USER)
        person.answer("File with the password", "")
        person.answer("Password, which is written there", PASSWORD)
        person.answer("Passphrase file", "")
        code = person.end()
        assert f"  1) postgres (postgres:17) of the project broker, {host.folder}/docker-compose.yml" in person.said
        assert f"  2) postgres (postgres:17) of the project staging, {host.folder}/docker-compose.yml" in person.said
        assert PASSWORD not in person.said
        assert "BACKUPTOOL KEY SHEET" in person.said
        assert f"{new} is written: plan broker" in person.said
        assert code == 1, person.said  # no psql in that container
        text = new.read_text()
        assert f'file = "{host.folder}/docker-compose.yml", service = "postgres", project = "staging"' in text
        for path in (new, new.parent / "webdav_password.txt", new.parent / "keys" / "passphrase.txt"):
            assert path.stat().st_mode & 0o777 == 0o600
        assert (new.parent / "webdav_password.txt").read_text() == f"{PASSWORD}\n"
        assert "renamed and deleted" in person.said

    def test_a_compose_file_that_does_not_run_can_be_named(self, host: Host, engine: str) -> None:
        (host.folder / "other.yml").touch()
        new = host.folder / "etc" / "config.toml"
        person = Person(host, new, engine)
        person.answer("Which service", "7")
        person.answer("a number from 1 to 4", f"{host.folder}/other.yml")
        person.answer("Service in it [postgres]", "-x")
        person.answer("does not begin with a dash", "db")
        person.answer("Name of the plan", "x")
        person.answer("Database", "broker")
        person.answer("Where backups go", str(host.store))
        person.answer("Passphrase file", f"{host.folder}/passphrase.txt")
        assert person.end() == 1
        assert f'path = "{host.store}"' in new.read_text()
        assert f'passphrase_file = "{host.folder}/passphrase.txt"' in new.read_text()
        assert "KEY SHEET" not in person.said

    def test_answers_that_no_configuration_can_have_leave_no_secret_behind(self, host: Host) -> None:
        place = host.folder / "programs"
        place.mkdir()
        (host.folder / "docker-compose.yml").touch()
        install_engine(
            place, ids="abc\n", labels=f"{host.folder}/docker-compose.yml\tpostgres\tOdd.Name\tpostgres:17\n"
        )
        person = Person(host, host.folder / "etc" / "config.toml", f"{place}:{os.environ['PATH']}")
        person.describe(str(host.store))
        person.answer("Passphrase file", "")
        assert person.end() == 2, person.said
        assert "shell.project" in person.said
        assert not (host.folder / "etc").exists()

    def test_each_answer_is_looked_at_when_it_is_given(self, host: Host, dav: DavServer, engine: str) -> None:
        new = host.folder / "etc" / "config.toml"
        (host.folder / "etc" / "keys").mkdir(parents=True)
        (host.folder / "etc" / "keys" / "signing_key").touch()
        (host.folder / "empty").touch(mode=0o600)
        person = Person(host, new, engine)
        person.describe(f"{dav.url}new/")
        person.answer("User name at 127.0.0.1", USER)
        person.answer("File with the password", str(new))
        person.answer("will be the configuration", f"{host.folder}/empty/password")
        person.answer("cannot be made", f"{host.folder}/empty")
        person.answer("is empty", "")
        person.answer("Password, which is written there", PASSWORD)
        person.answer("Passphrase file", f"{host.folder}/empty")
        person.answer("is empty", "")
        person.end()
        assert f'passphrase_file = "{new.parent}/keys-2/passphrase.txt"' in new.read_text(), person.said
        assert f'    passphrase_file = "{new.parent}/keys-2/passphrase.txt"' in person.said, "the sheet"
        assert f"CONFIGURATION, {new}" in person.said, "the sheet"
        assert (new.parent / "keys-2" / "passphrase.txt").exists()

    def test_a_step_that_fails_leaves_nothing_of_those_before(self, host: Host, dav: DavServer, engine: str) -> None:
        new = host.folder / "etc" / "config.toml"
        person = Person(host, new, engine)
        person.describe(f"{dav.url}new/")
        person.answer("User name at 127.0.0.1", USER)
        person.answer("File with the password", f"{host.folder}/secrets/of/password")
        person.answer("Password, which is written there", PASSWORD)
        new.parent.mkdir()
        new.touch()  # as another who writes one at this moment
        person.answer("Passphrase file", "")
        assert person.end() == 2, person.said
        assert f"{new} is there already" in person.said
        assert [path.name for path in new.parent.iterdir()] == ["config.toml"]
        assert not (host.folder / "secrets").exists()

    def test_where_no_configuration_can_be_is_said_before_the_first_question(self, host: Host) -> None:
        (host.folder / "file").touch()
        person = Person(host, host.folder / "file" / "config.toml", os.environ["PATH"])
        assert person.end() == 2
        assert "cannot be made" in person.said
        assert "Name of the plan" not in person.said

    @pytest.mark.parametrize(("key", "code"), [("\x04", 2), ("\x03", 130)])
    def test_who_breaks_off_has_changed_nothing(self, host: Host, engine: str, key: str, code: int) -> None:
        person = Person(host, host.folder / "etc" / "config.toml", engine)
        person.answer("Which service", "")
        person.answer("Name of the plan", key.rstrip("\n"))
        assert person.end() == code, person.said
        assert not (host.folder / "etc").exists()

    def test_without_a_terminal_it_says_what_to_do(self, host: Host) -> None:
        done = host.run("--config", str(host.folder / "new.toml"), "init")
        assert (done.returncode, "--from-sop SCRIPT" in done.stderr) == (2, True)
