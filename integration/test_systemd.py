"""What `install systemd` writes, run by a real systemd: the rules of the service let through what a backup needs."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from integration.booted import Machine, booted
from integration.conftest import DAV_PASSWORD, DAV_USER, Stack
from integration.test_faults import dumping, programs, wait_until, waiting

CONFIG, STATE = "/etc/backuptool/config.toml", "/var/lib/backuptool"
PLAN = """
[plans.{plan}]
passphrase_file = "credential:{passphrase}"
kdf = "sop"
hooks = {hooks}
[plans.{plan}.source]
type = "pg_dump"
database = "{database}"
[plans.{plan}.source.shell]
type = "compose"
file = "/srv/broker/docker-compose.yml"
service = "postgres"
project = "{project}"
[[plans.{plan}.stores]]
type = "webdav"
url = "http://webdav/{location}/"
user = "{user}"
password_file = "credential:dav"
"""
NO_HOOKS = "{}"
# As docs/configuration.md has it for commands by hand.
HANDED_OUT = (f"LoadCredential={name}:/etc/credstore/{name}" for name in ("passphrase", "dav"))
BY_HAND = ("systemd-run", "-qP", *(word for one in HANDED_OUT for word in ("-p", one)), "backuptool")


@pytest.fixture(scope="module")
def machine(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    with booted(stack, tmp_path_factory.mktemp("wheels")) as made:
        yield made


@dataclass(frozen=True)
class Installed:
    """The machine with the timer, and a place of its own in the stack's WebDAV server."""

    machine: Machine
    stack: Stack
    location: str
    passphrase: str

    def plan(self, plan: str = "broker", **other: str) -> str:
        values = {"passphrase": "passphrase", "database": "broker", "hooks": NO_HOOKS, **other}
        return PLAN.format(plan=plan, project=self.stack.project, location=self.location, user=DAV_USER, **values)

    def install(self, *plans: str) -> str:
        self.machine.write(CONFIG, "".join(plans))
        return self.machine.ok("backuptool", "install", "systemd")

    def schedule(self) -> str:
        """What doctor says of it."""
        checks = json.loads(self.machine.run("backuptool", "doctor", "--json").stdout)
        return str(next(one["found"] for one in checks if one["check"] == "schedule"))

    def state(self) -> list[str]:
        return self.machine.ok("ls", "-A", STATE).split()

    @property
    def stored(self) -> list[str]:
        return self.stack.stored(self.location)


@pytest.fixture
def installed(machine: Machine, stack: Stack) -> Iterator[Installed]:
    made = Installed(machine, stack, f"digest/{secrets.token_hex(4)}", secrets.token_urlsafe(40))
    machine.write("/etc/credstore/passphrase", made.passphrase + "\n")
    machine.write("/etc/credstore/dav", DAV_PASSWORD)
    made.install(made.plan())
    yield made
    machine.run("systemctl", "stop", "backuptool.timer", "backuptool.service")
    machine.ok("backuptool", "uninstall", "systemd")
    machine.ok("rm", "-rf", STATE, "/etc/credstore", "/etc/systemd/system/backuptool.timer.d")


def test_the_service_leaves_a_verified_backup_and_no_secret_in_the_journal(installed: Installed) -> None:
    machine = installed.machine
    assert machine.ok("cat", "/proc/1/comm") == "systemd\n"
    assert machine.night() == ("success", "0")
    (name,) = installed.stored
    lines = machine.journal()
    assert {priority for priority, _ in lines} == {"6"}
    said = "\n".join(line for _, line in lines)
    assert f"stored in http://webdav/{installed.location}/, verified" in said
    assert installed.passphrase not in said
    assert DAV_PASSWORD not in said
    assert "read back" in machine.ok(*BY_HAND, "list")
    assert f"{name}\n  authentic and whole" in machine.ok(*BY_HAND, "verify")
    assert installed.state() == ["broker.lock", "ledger.jsonl"]


def test_what_the_configuration_does_not_name_cannot_be_written(installed: Installed) -> None:
    """A hook stands for whatever goes astray."""
    hooks = '{{ before = ["sh", "-c", "touch {state}/hook && ! touch /etc/hook && ! mount -t tmpfs none /mnt"] }}'
    installed.install(installed.plan(hooks=hooks.format(state=STATE)))
    assert installed.machine.night() == ("success", "0"), installed.machine.journal()
    assert "hook" in installed.state()
    installed.machine.ok("test", "!", "-e", "/etc/hook")
    installed.install(installed.plan(hooks='{ before = ["touch", "/etc/hook"] }'))
    assert installed.machine.night() == ("exit-code", "1")
    assert len(installed.stored) == 1


def test_a_run_that_fails_is_a_failed_unit_until_it_is_uninstalled(installed: Installed) -> None:
    machine = installed.machine
    installed.install(installed.plan(database="no such"))
    assert machine.night() == ("exit-code", "5")
    worst = {line for priority, line in machine.journal() if priority == "3"}
    assert any('database "no such" does not exist' in line for line in worst), worst
    assert installed.schedule().endswith("ended with exit code 5")
    machine.ok("backuptool", "uninstall")
    assert machine.ok("systemctl", "list-units", "--all", "--no-legend", "backuptool.*") == ""
    assert machine.ok("find", "/etc/systemd", "/var/lib/systemd", "-name", "*backuptool*") == ""
    installed.install(installed.plan())  # and again
    assert machine.night() == ("success", "0")


def test_a_credential_that_is_missing_fails_its_own_plan(installed: Installed) -> None:
    installed.install(installed.plan("other", passphrase="missing"), installed.plan())
    assert installed.machine.night() == ("exit-code", "3")
    assert [name.partition("_")[0] for name in installed.stored] == ["broker"]
    hint = [line for _, line in installed.machine.journal() if "is there /etc/credstore/missing?" in line]
    assert hint, installed.machine.journal()


def test_an_encrypted_credential_is_handed_out(installed: Installed) -> None:
    machine = installed.machine
    encrypt = "mkdir -p $0.encrypted && systemd-creds encrypt --name=dav $0/dav $0.encrypted/dav && rm $0/dav"
    machine.ok("sh", "-c", encrypt, "/etc/credstore")
    installed.install(installed.plan())
    assert machine.night() == ("success", "0"), machine.journal()
    machine.ok("rm", "-r", "/etc/credstore.encrypted")


def test_the_timer_starts_it_and_doctor_says_when(installed: Installed) -> None:
    machine = installed.machine
    assert installed.schedule() == "systemd: backuptool.timer, not run yet"
    assert "backuptool.service" in machine.ok("systemctl", "list-timers", "--no-legend", "backuptool.timer")
    at_once = "[Timer]\nRandomizedDelaySec=0\nAccuracySec=1us\n"
    machine.write("/etc/systemd/system/backuptool.timer.d/override.conf", at_once)
    machine.ok("backuptool", "install", "systemd", "--on-calendar", "*:*:*")
    wait_until(lambda: installed.stored)
    machine.ok("systemctl", "stop", "backuptool.timer")
    wait_until(lambda: machine.shown("backuptool.service", "ActiveState") == "inactive")
    assert " with exit code 0; broker last at " in installed.schedule()


@pytest.fixture
def held(stack: Stack) -> Iterator[str]:
    """A database whose dump waits for a lock, for as long as the test wants."""
    stack.psql("CREATE DATABASE held", "postgres")
    stack.psql("CREATE TABLE t AS SELECT 1", "held")
    with stack.locked("t", "held"):
        yield "held"
    stack.psql("DROP DATABASE held WITH (FORCE)", "postgres")


def test_a_run_that_is_stopped_leaves_nothing_behind(installed: Installed, stack: Stack, held: str) -> None:
    machine = installed.machine
    installed.install(installed.plan(database=held))
    machine.ok("systemctl", "start", "--no-block", "backuptool.service")
    wait_until(lambda: waiting(stack) == 1)
    assert ", under way since " in installed.schedule()
    machine.ok("systemctl", "stop", "backuptool.service")
    assert machine.shown("backuptool.service", "ExecMainStatus") == "143"
    wait_until(lambda: dumping(stack) == 0)
    wait_until(lambda: b"pg_dump" not in programs(stack))
    assert (installed.stored, installed.state()) == ([], ["broker.lock"])
    assert machine.ok("find", "/tmp", "/var/tmp", "/run", "-name", "*backuptool*") == ""  # noqa: S108 - that machine's


def test_a_run_that_the_system_kills_is_told_by_its_signal(installed: Installed, stack: Stack, held: str) -> None:
    machine = installed.machine
    installed.install(installed.plan(database=held))
    machine.ok("systemctl", "start", "--no-block", "backuptool.service")
    wait_until(lambda: waiting(stack) == 1)
    machine.ok("systemctl", "kill", "--signal=KILL", "backuptool.service")
    wait_until(lambda: machine.shown("backuptool.service", "ActiveState") == "failed")
    assert installed.schedule().endswith("was ended by SIGKILL")
