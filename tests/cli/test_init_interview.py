"""A first configuration from answers at a terminal: each is looked at when it is given."""

from __future__ import annotations

import os
import pty
import sys
from pathlib import Path

import pytest

from backuptool.cli.questions import a_file
from tests.cli.test_environment import MAIN
from tests.cli.test_round_trip import Host
from tests.shells.programs import install_engine
from tests.stores.davserver import PASSWORD, USER, DavServer


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
        """Wait for the question, also behind an error, and type the answer when it is asked for: before a password's
        prompt getpass(3) drops what was typed too early."""
        self._read(question, prompt=": ")
        os.write(self._terminal, f"{text}\n".encode())

    def describe(self, store: str) -> None:
        """Answer all that is asked of a plan until its store has been named: it is called x, of the first service."""
        self.answer("Which service", "")
        self.answer("Name of the plan", "x")
        self.answer("Database", "")
        self.answer("Where backups go", store)

    def end(self) -> int:
        """Read to the end; the exit code."""
        self._read()
        os.close(self._terminal)
        return os.waitstatus_to_exitcode(os.waitpid(self._pid, 0)[1])

    def _read(self, until: str = "", prompt: str = "") -> None:
        """Up to what is waited for, and the prompt behind it; without any, to the end."""
        seen = ""
        while not (until and until in seen and seen.endswith(prompt)):
            try:
                block = os.read(self._terminal, 4096).decode(errors="replace")
            except OSError:  # EIO: it has ended
                block = ""
            if not block:
                assert not until, f"{until!r} was not asked: {self.said}"
                return
            seen += block
            self.said += block


def test_a_path_that_the_system_does_not_look_at_is_no_file() -> None:
    """As one in a folder that is closed to who is asked."""
    assert a_file("/" + "a" * 5000).startswith("there is no file")


class TestQuestions:
    def test_a_few_answers_make_a_plan_with_keys_of_its_own(self, host: Host, cloud: DavServer, engine: str) -> None:
        new = host.folder / "etc" / "config.toml"
        person = Person(host, new, engine)
        person.answer("Which service", "2")
        person.answer("Name of the plan", "Broker!")
        person.answer("small letters", "broker")
        person.answer("Database", "")
        person.answer("Where backups go", "")
        person.answer("or the whole path of a folder", "ftp://x")
        person.answer("http or https", f"{cloud.url}new/")
        person.answer("User name at 127.0.0.1", USER)
        person.answer("File with the password", "")
        person.answer("Password, which is written there", PASSWORD)
        person.answer("Passphrase file", "")
        code = person.end()
        assert f"  1) postgres (postgres:17) of the project broker, {host.folder}/docker-compose.yml" in person.said
        assert f"  2) postgres (postgres:17) of the project staging, {host.folder}/docker-compose.yml" in person.said
        assert PASSWORD not in person.said
        assert "BACKUPTOOL KEY SHEET" in person.said
        assert f"\r\n\r\n{new} is written: plan broker" in person.said, "apart from the sheet"
        assert code == 1, person.said  # no psql in that container
        text = new.read_text()
        assert f'file = "{host.folder}/docker-compose.yml", service = "postgres", project = "staging"' in text
        for path in (new, new.parent / "webdav_password.txt", new.parent / "keys" / "passphrase.txt"):
            assert path.stat().st_mode & 0o777 == 0o600
        assert (new.parent / "webdav_password.txt").read_text() == f"{PASSWORD}\n"
        assert "renamed and deleted" in person.said
        greeting = person.said.partition("  1) ")[0].splitlines()
        assert max(map(len, greeting)) <= 80, greeting

    def test_a_compose_file_that_does_not_run_can_be_named(self, host: Host, engine: str) -> None:
        (host.folder / "other.yml").touch()
        new = host.folder / "etc" / "config.toml"
        person = Person(host, new, engine)
        person.answer("Which service", "7")
        person.answer("a number from 1 to 4", f"{host.folder}/other.yml")
        person.answer("Service in it [postgres]", "-x")
        person.answer("does not begin with a dash", "postgers")
        person.answer("there is no service postgers in it, but postgres, webdav", "webdav")
        person.answer("Name of the plan", "x")
        person.answer("Database", "broker")
        person.answer("Where backups go", str(host.store))
        person.answer("Passphrase file", f"{host.folder}/passphrase.txt")
        assert person.end() == 1
        assert f'file = "{host.folder}/other.yml", service = "webdav" }}' in new.read_text()
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

    def test_each_answer_is_looked_at_when_it_is_given(self, host: Host, cloud: DavServer, engine: str) -> None:
        new = host.folder / "etc" / "config.toml"
        (host.folder / "etc" / "keys").mkdir(parents=True)
        (host.folder / "etc" / "keys" / "signing_key").touch()
        (host.folder / "empty").touch(mode=0o600)
        person = Person(host, new, engine)
        person.describe(f"{cloud.url}new/")
        person.answer("User name at 127.0.0.1", USER)
        person.answer("File with the password", str(new))
        person.answer("will be the configuration", f"{host.folder}/empty/password")
        person.answer("cannot be made", f"{host.folder}/empty")
        person.answer("is empty", "")
        person.answer("Password, which is written there", "")
        person.answer("it cannot be left out", PASSWORD)
        person.answer("Passphrase file", f"{host.folder}/empty")
        person.answer("is empty", "")
        person.end()
        assert f'passphrase_file = "{new.parent}/keys-2/passphrase.txt"' in new.read_text(), person.said
        assert f'    passphrase_file = "{new.parent}/keys-2/passphrase.txt"' in person.said, "the sheet"
        assert f"CONFIGURATION, {new}" in person.said, "the sheet"
        assert (new.parent / "keys-2" / "passphrase.txt").exists()

    def test_a_step_that_fails_leaves_nothing_of_those_before(self, host: Host, cloud: DavServer, engine: str) -> None:
        new = host.folder / "etc" / "config.toml"
        person = Person(host, new, engine)
        person.describe(f"{cloud.url}new/")
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
        assert "\nbackuptool: " in person.said, "on a line of its own"
        assert not (host.folder / "etc").exists()

    @pytest.mark.parametrize(("key", "code"), [("\x04", 2), ("\x03", 130)])
    def test_who_breaks_off_at_the_password_is_told_on_a_line_of_its_own(
        self, host: Host, cloud: DavServer, engine: str, key: str, code: int
    ) -> None:
        person = Person(host, host.folder / "etc" / "config.toml", engine)
        person.describe(f"{cloud.url}new/")
        person.answer("User name at 127.0.0.1", USER)
        person.answer("File with the password", "")
        person.answer("(not shown): ", key)
        assert person.end() == code, person.said
        assert "\nbackuptool: " in person.said
        assert not (host.folder / "etc").exists()

    def test_without_a_terminal_it_says_what_to_do(self, host: Host) -> None:
        done = host.run("--config", str(host.folder / "new.toml"), "init")
        assert (done.returncode, "--from-sop SCRIPT" in done.stderr) == (2, True)
