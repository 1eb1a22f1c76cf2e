"""What stderr is told: lines for a person, priorities for journald, objects for a program, secrets for nobody."""

from __future__ import annotations

import json
import logging
import os
import re
import socket
import subprocess
from datetime import datetime
from pathlib import Path

import pytest

from backuptool.cli.logs import Journal, Json, Plain
from tests.cli.quick import QUICK
from tests.cli.test_progress import AMOUNT, TOOK
from tests.cli.test_round_trip import Host
from tests.cli.test_stores import stored_in

STAGE = rf"(dumped|copied|verified) {AMOUNT} in {TOOK}"


def journaled(host: Host, *words: str, matching: bool = True) -> tuple[int, str]:
    """The exit code, and what came through a socket that JOURNAL_STREAM names, or does not."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        status = os.fstat(theirs.fileno())
        stream = f"{status.st_dev}:{status.st_ino + (not matching)}"
        environment = {"PATH": os.environ["PATH"], "HOME": str(host.folder), "JOURNAL_STREAM": stream}
        argv = [*QUICK, "--config", str(host.config), *words]
        done = subprocess.run(argv, stdout=subprocess.DEVNULL, stderr=theirs.fileno(), env=environment, check=False)
        theirs.close()
        with ours.makefile("rb") as file:
            return done.returncode, file.read().decode()


def test_each_stage_is_one_line_with_its_size_and_how_long_it_took(host: Host) -> None:
    lines = [line[9:] for line in host.tool("-v", "backup").stderr.splitlines()]
    assert [line.split()[0] for line in lines] == ["dumping", "dumped", "made", "copied", "verified", "stored"]
    assert all(re.fullmatch(STAGE, lines[index]) for index in (1, 3, 4)), lines


def test_journald_gets_priorities_and_neither_time_nor_name(host: Host) -> None:
    code, said = journaled(host, "-v", "backup")
    assert code == 0
    assert said.startswith("<6>dumping\n<6>dumped ")
    (host.folder / "passphrase.txt").unlink()
    code, said = journaled(host, "backup")
    lines = said.splitlines()
    assert (code, len(lines)) == (2, 2), said
    assert lines[0].startswith("<3>the passphrase file ")
    assert lines[1].startswith("<3>hint: ")


def test_a_stream_that_is_not_journalds_own_gets_lines_for_a_person(host: Host) -> None:
    """A unit's environment is inherited by what redirects its stderr into a file."""
    code, said = journaled(host, "list", "nonsense", matching=False)
    assert (code, said.splitlines()[0]) == (2, "backuptool: there is no plan 'nonsense'")


def test_an_object_is_utf_8_whatever_the_encoding_of_the_stream_is(host: Host) -> None:
    done = host.run("--config", f"{host.folder}/nüne", "--json-log", "list", PYTHONIOENCODING="latin-1")
    assert json.loads(done.stderr)["message"] == f"there is no configuration {host.folder}/nüne"


@pytest.mark.parametrize("before", [True, False])
def test_json_log_is_one_object_a_line_with_the_error_last(host: Host, *, before: bool) -> None:
    words = ("--json-log", "-v", "backup") if before else ("backup", "--json-log", "-v")
    told = [json.loads(line) for line in host.tool(*words).stderr.splitlines()]
    assert [one["level"] for one in told] == ["info"] * 6
    assert {tuple(one) for one in told} == {("at", "level", "message")}
    assert all(datetime.fromisoformat(one["at"]).tzinfo for one in told)
    done = host.tool("--json-log", "list", "nonsense")
    (error,) = [json.loads(line) for line in done.stderr.splitlines()]
    assert (done.returncode, error["level"]) == (2, "error")
    assert (error["message"], error["hint"]) == ("there is no plan 'nonsense'", "plans: broker")


def test_several_plans_are_summed_up_at_the_end(host: Host) -> None:
    text = host.config.read_text()
    other = text[text.index("[plans.broker]") :].replace("plans.broker", "plans.absent")
    host.config.write_text(text + other.replace('database = "broker"', 'database = "absent"'))
    done = host.tool("-v", "backup")
    assert done.returncode == 3, done.stderr
    first, second = [line[9:] for line in done.stderr.splitlines() if line[9:].startswith("plan ")]
    assert re.fullmatch(rf"plan broker: {host.bundle().name}, {AMOUNT} in {TOOK}", first)
    assert second.startswith("plan absent: FAILED in ")
    assert second.endswith('database "absent" does not exist; hint: check `database` in the configuration')


def test_of_several_plans_it_is_said_which_one_begins(host: Host) -> None:
    """Else nobody knows whose stages these are."""
    text = host.config.read_text()
    host.config.write_text(text + text[text.index("[plans.broker]") :].replace("plans.broker", "plans.zoo"))
    said = [line[9:] for line in host.tool("-v", "backup").stderr.splitlines()]
    begun = [at for at, line in enumerate(said) if line.startswith("backing up ")]
    assert [said[at] for at in begun] == ["backing up broker", "backing up zoo"]
    assert [said[at + 1] for at in begun] == ["dumping", "dumping"]
    assert "backing up" not in host.tool("-v", "backup", "zoo").stderr


def test_no_log_at_any_level_has_a_secret_in_it(host: Host) -> None:
    secret = "correct horse battery staple"
    assert secret in (host.folder / "passphrase.txt").read_text()
    stored_in(host, Path("/proc/none/there"))
    for form in ((), ("--json-log",)):
        for words in (("backup",), ("list",), ("verify",)):
            done = host.tool(*form, "-vv", *words)
            assert done.stderr or words == ("list",)
            assert secret not in done.stdout + done.stderr


def test_a_log_line_is_one_line_whatever_it_names() -> None:
    for form, begin in ((Plain(verbose=False), "backuptool: "), (Journal(), "<4>")):
        record = logging.LogRecord("backuptool", logging.WARNING, "", 0, "made %s", ("a\nb\x1b[2J",), None)
        assert form.format(record) == f"{begin}made a\\nb\\x1b[2J"


def test_where_it_happened_is_said_in_every_form() -> None:
    """To say more by -vv is what the hint promises."""
    happened = (OSError, OSError("no such device"), None)
    record = logging.LogRecord("backuptool", logging.DEBUG, __file__, 1, "where it happened", (), happened)
    assert Plain(verbose=True).format(record).endswith(" where it happened\nOSError: no such device")
    assert Journal().format(record) == "<7>where it happened\n<7>OSError: no such device"
    assert json.loads(Json().format(record))["traceback"] == "OSError: no such device"
