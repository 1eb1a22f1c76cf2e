"""`backuptool check` as monitoring runs it."""

from __future__ import annotations

import json
import os
import re
import socket
from datetime import UTC, datetime
from pathlib import Path

import pytest

from backuptool.bundle import Stem
from backuptool.signature import new_key
from backuptool.sshsig import signer_line
from tests.bundle.sample import KeyRing
from tests.cli.test_round_trip import Host

UP_TO_5 = r"(5|[1-4](\.\d)?)"  # s: what this machine takes before the first question is not waited for any more


def test_a_fresh_backup_is_well_in_words_as_json_and_for_nagios(host: Host) -> None:
    host.ok("backup")
    first, second = host.ok("check").splitlines()
    assert re.fullmatch(rf"{host.store}: 1 backup, newest \d+ min old, [0-9.]+ MB, \d+ tables", first)
    assert second == "  OK"
    (row,) = json.loads(host.ok("check", "--json"))
    assert (row["state"], row["backups"], row["newest"], row["findings"]) == ("ok", 1, host.bundle().name, [])
    line = host.ok("check", "--nagios").splitlines()[0]
    size = host.bundle().stat().st_size
    first, _, values = line.partition(" | ")
    assert re.match(rf"BACKUPTOOL OK - broker in {host.store}: 1 backup, newest \d+ min old, ", first)
    assert re.fullmatch(rf"broker_1_age=\d+s;;93600 broker_1_size={size}B;;0: broker_1_count=1", values)


def test_one_of_a_time_to_come_is_said_to_be_of_the_future(host: Host) -> None:
    host.store.mkdir()
    to_come = Stem.now("broker", os.uname().nodename, datetime(2131, 1, 1, tzinfo=UTC))
    (host.store / to_come.bundle).write_bytes(b"x" * 4000)
    first = host.tool("check").stdout.splitlines()[0]
    assert first == f"{host.store}: 1 backup, newest in the future, 4.0 kB"


def test_no_backup_is_critical(host: Host) -> None:
    host.store.mkdir()
    done = host.tool("check")
    assert (done.returncode, done.stdout) == (4, f"{host.store}: 0 backups, none\n  CRITICAL: there is no backup\n")
    assert done.stderr.startswith(f"backuptool: {host.store}: there is no backup\nhint: ")
    assert "backuptool doctor what a run lacks" in done.stderr
    done = host.tool("check", "--nagios")
    assert (done.returncode, done.stdout.splitlines()[0]) == (
        2,
        f"BACKUPTOOL CRITICAL - broker in {host.store}: there is no backup",
    )


def test_from_another_host_it_says_whose_backups_there_are(host: Host) -> None:
    host.ok("backup")
    elsewhere = '[plans.broker]\nhost = "monitor"'
    host.config.write_text(host.config.read_text().replace("[plans.broker]", elsewhere, 1))
    done = host.tool("check")
    own = Stem.now("broker", os.uname().nodename, datetime.now(UTC)).host
    assert done.returncode == 4
    assert f"there is no backup of host monitor, but of {own}: `host` in the plan says whose" in done.stdout
    host.config.write_text(host.config.read_text().replace('"monitor"', f'"{own}"'))
    host.ok("check")


def test_who_monitors_sealed_backups_needs_the_signers_and_no_other_key(host: Host, tmp_path: Path) -> None:
    """As docs/operations.md has it: those who seal and sign need not be named by files that are there."""
    (tmp_path / "keys").mkdir()
    ring = KeyRing.make(tmp_path / "keys")
    sealed = f'recipients = ["{ring.recipient}"]\nsigning_key = "{ring.signing_key}"\nsigners = "{ring.signers}"\n'
    text = host.config.read_text()
    host.config.write_text(text.replace(f'passphrase_file = "{host.folder}/passphrase.txt"\n', sealed))
    host.ok("backup")
    for key in (ring.identity, ring.recipient, ring.signing_key):
        key.unlink()
    assert "  OK" in host.ok("check")
    ring.signers.write_text(signer_line(new_key(tmp_path / "another")))
    done = host.tool("check")
    assert (done.returncode, "signature" in done.stdout) == (4, True), done.stdout


def test_a_bar_in_a_folders_name_is_no_performance_data(host: Host) -> None:
    host.config.write_text(host.config.read_text().replace(f"{host.folder}/store", f"{host.folder}/a|b=1"))
    host.ok("backup")
    first, *others = host.ok("check", "--nagios").splitlines()
    assert (first.count("|"), "".join(others).count("|")) == (1, 0)


def test_a_warning_is_one_for_nagios(host: Host) -> None:
    host.config.write_text(f'{host.config.read_text()}\n[plans.broker.check]\ndrill_max_age = "35d"\n')
    host.ok("backup")
    done = host.tool("check", "--nagios")
    assert (done.returncode, done.stdout.partition(" | ")[0]) == (
        1,
        f"BACKUPTOOL WARNING - broker in {host.store}: no drill within 35d",
    )


def second(host: Host, source: str = "broker", store: str = "second", more: str = "create = true") -> None:
    """Another plan, that has this database and this store."""
    text = host.config.read_text()
    plan = text[text.index("[plans.broker]") :].replace("plans.broker", "plans.also")
    plan = plan.replace(f"{host.folder}/store", f"{host.folder}/{store}").replace("create = true", more)
    host.config.write_text(text + plan.replace('database = "broker"', f'database = "{source}"'))


class TestOneThatCannotBeAsked:
    """It costs its own answer only."""

    @pytest.fixture
    def two(self, host: Host) -> Host:
        host.ok("backup")
        second(host, more='mount_point = "/nowhere"'.replace("/nowhere", str(host.folder)))
        return host

    def test_hides_nothing_of_the_other_plan(self, two: Host) -> None:
        silent = f"also in {two.folder}/second"
        done = two.tool("check")
        assert (done.returncode, "  OK" in done.stdout.splitlines()) == (6, True), done.stderr
        assert done.stdout.startswith(f"broker in {two.store}: 1 backup, newest ")
        assert f"{silent}: UNKNOWN: nothing is mounted on {two.folder}" in done.stdout
        done = two.tool("check", "--nagios")
        assert done.returncode == 3
        assert done.stdout.startswith(
            f"BACKUPTOOL UNKNOWN - {silent}: nothing is mounted on {two.folder} | broker_1_age="
        )
        assert done.stdout.count("UNKNOWN") == 1, "its line is the first"
        two.bundle().unlink()
        done = two.tool("check", "--nagios")
        none = f"broker in {two.store}: there is no backup"
        assert (done.returncode, done.stdout.splitlines()[0]) == (2, f"BACKUPTOOL CRITICAL - {none}")
        done = two.tool("check")
        assert (done.returncode, done.stderr.splitlines()[0]) == (4, f"backuptool: {none} (and 1 more)")

    def test_gives_its_place_in_the_plan_to_no_other_in_the_performance_data(self, two: Host) -> None:
        also = f'[[plans.also.stores]]\ntype = "directory"\npath = "{two.folder}/third"\ncreate = true\n'
        two.config.write_text(two.config.read_text() + also)
        assert two.tool("backup", "also").returncode == 3  # in its second store only
        _, _, values = two.tool("check", "also", "--nagios").stdout.splitlines()[0].partition(" | ")
        assert re.findall(r"(\S+)_age=", values) == ["also_2"]

    def test_is_in_the_json(self, two: Host) -> None:
        rows = json.loads(two.tool("check", "--json").stdout)
        assert [(row["plan"], row["state"]) for row in rows] == [("broker", "ok"), ("also", "unknown")]
        assert list(rows[0]) == list(rows[1])
        assert [one["what"] for one in rows[1]["findings"]] == [f"nothing is mounted on {two.folder}"]

    def test_for_its_passphrase_is_one_too(self, two: Host) -> None:
        text = two.config.read_text().replace(f'mount_point = "{two.folder}"', "create = true")
        before, _, plan = text.rpartition("passphrase.txt")
        two.config.write_text(f"{before}none.txt{plan}")
        done = two.tool("check", "--nagios")
        assert (done.returncode, "none.txt does not exist" in done.stdout, "  OK" in done.stdout) == (3, True, True)
        assert two.tool("check").returncode == 2


def test_a_server_that_is_away_is_not_waited_for_longer_than_monitoring_waits(host: Host) -> None:
    """By itself a listing waits for two minutes, and Nagios for one."""
    text = host.config.read_text()
    before = text[: text.index("[[plans.broker.stores]]")]
    password = host.folder / "passphrase.txt"
    with socket.create_server(("127.0.0.1", 0)) as taken:
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/x/"  # nobody else gets the port, and nobody answers
        host.config.write_text(
            f'{before}[[plans.broker.stores]]\ntype = "webdav"\nurl = "{url}"\nuser = "u"\n'
            f'password_file = "{password}"\n'
        )
        done = host.tool("check", "--nagios", "--timeout", "1")
    assert (done.returncode, done.stdout.splitlines()[0]) == (
        3, f"BACKUPTOOL UNKNOWN - plan broker: {url} did not answer within 1 s"
    )  # fmt: skip


def test_a_server_that_refuses_is_said_to_refuse_however_often_it_was_tried(host: Host) -> None:
    """Whoever is called at night must not look for a server that hangs."""
    text, password = host.config.read_text(), host.folder / "passphrase.txt"
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # nobody else gets the port, and nobody listens
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/x/"
        store = f'[[plans.broker.stores]]\ntype = "webdav"\nurl = "{url}"\nuser = "u"\npassword_file = "{password}"\n'
        host.config.write_text(text[: text.index("[[plans.broker.stores]]")] + store)
        said = rf"listing {url}: 127\.0\.0\.1: it refuses connections \(tried for {UP_TO_5} s\)"
        done = host.tool("check", "--nagios", "--timeout", "5")
        assert done.returncode == 3
        assert re.match(rf"BACKUPTOOL UNKNOWN - plan broker: {said}\n", done.stdout)
        done = host.tool("check", "--timeout", "5")
    assert done.returncode == 6
    assert re.search(rf"backuptool: {said}\nhint: check the port in the url, and whether the server runs", done.stderr)


def test_a_store_that_hangs_leaves_the_others_their_share_of_the_time(host: Host) -> None:
    host.ok("backup")
    text, password = host.config.read_text(), host.folder / "passphrase.txt"
    with socket.create_server(("127.0.0.1", 0)) as taken:  # nobody accepts, so nobody answers
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/x/"
        hung = f'[[plans.broker.stores]]\ntype = "webdav"\nurl = "{url}"\nuser = "u"\npassword_file = "{password}"\n'
        host.config.write_text(text.replace("[[plans.broker.stores]]", f"{hung}[[plans.broker.stores]]"))
        done = host.tool("check", "--timeout", "10")
    _, well, silent = done.stdout.splitlines()
    assert well == "  OK", done.stderr
    assert re.fullmatch(f"plan broker: UNKNOWN: {url} did not answer within {UP_TO_5} s", silent)


@pytest.mark.parametrize(
    ("words", "what"),
    [
        (["--timeout", "soon"], "argument --timeout: must be seconds, from 1 to 86400 (a day): soon"),
        (["--json"], "argument --json: not allowed with argument --nagios"),
        (["--quick"], "unrecognized arguments: --quick"),
    ],
)
def test_a_slip_in_the_command_line_is_unknown_to_nagios_and_nothing_worse(
    host: Host, words: list[str], what: str
) -> None:
    done = host.tool("check", "--nagios", *words)
    assert (done.returncode, done.stdout) == (3, f"BACKUPTOOL UNKNOWN - {what}\n")
    assert done.stderr == f"backuptool: {what}\nhint: backuptool check --help says what there is\n"


@pytest.mark.parametrize("seconds", ["0", "-1", "inf", "nan", "1e9", "soon"])
def test_a_time_that_nobody_can_wait_for_is_refused(host: Host, seconds: str) -> None:
    done = host.tool("check", "--timeout", seconds)
    assert (done.returncode, "--timeout: " in done.stderr, "Traceback" in done.stderr) == (2, True, False)
