"""What `check` ends with where something cannot be asked: the code of the reason, unless something is found wrong."""

from __future__ import annotations

import json
import shutil

import pytest

from tests.cli.test_round_trip import Host
from tests.cli.test_stores import second, stored_in


@pytest.fixture
def host(host: Host) -> Host:
    """Its second store is the folder `second`."""
    stored_in(host, second(host))
    host.ok("backup")
    return host


def away(host: Host) -> None:
    """A file is where the second store's folder should be."""
    shutil.rmtree(second(host))
    second(host).touch()


def asked(host: Host) -> tuple[int, int, str, list[tuple[str | None, str]]]:
    """The exit codes of check and of it for Nagios, that one's first words, and the state of each store as JSON."""
    done, nagios = host.tool("check", "--json"), host.tool("check", "--nagios")
    rows = [(row["store"], row["state"]) for row in json.loads(done.stdout)]
    return done.returncode, nagios.returncode, nagios.stdout.partition(" - ")[0], rows


def test_a_store_that_does_not_answer_is_6_and_unknown(host: Host) -> None:
    away(host)
    rows = [(str(host.store), "ok"), (str(second(host)), "unknown")]
    assert asked(host) == (6, 3, "BACKUPTOOL UNKNOWN", rows)


def test_a_plan_whose_passphrase_is_not_there_is_2_and_unknown(host: Host) -> None:
    (host.folder / "passphrase.txt").unlink()
    assert asked(host) == (2, 3, "BACKUPTOOL UNKNOWN", [(None, "unknown")])


def test_a_configuration_that_is_wrong_is_2_and_unknown_with_all_its_mistakes_in_one_line(host: Host) -> None:
    host.config.write_text(host.config.read_text().replace("create = true", "create = 1\nfoo = 1", 1))
    done, nagios = host.tool("check", "--json"), host.tool("check", "--nagios")
    mistakes = [line for line in done.stderr.splitlines() if "hint" not in line]
    assert (done.returncode, done.stdout, len(mistakes)) == (2, "", 2), done.stderr
    said = " ".join(mistakes).removeprefix("backuptool: ")
    assert (nagios.returncode, nagios.stdout) == (3, f"BACKUPTOOL UNKNOWN - {said}\n")


def test_what_is_found_wrong_in_one_store_is_worse_than_one_that_does_not_answer(host: Host) -> None:
    away(host)
    host.bundle().unlink()
    rows = [(str(host.store), "critical"), (str(second(host)), "unknown")]
    assert asked(host) == (4, 2, "BACKUPTOOL CRITICAL", rows)


def test_a_warning_is_4_and_1_and_a_store_that_does_not_answer_beside_it_is_3(host: Host) -> None:
    host.config.write_text(f'{host.config.read_text()}\n[plans.broker.check]\ndrill_max_age = "35d"\n')
    code, nagios, words, rows = asked(host)
    assert (code, nagios, words, {state for _, state in rows}) == (4, 1, "BACKUPTOOL WARNING", {"warning"})
    away(host)
    code, nagios, words, rows = asked(host)
    assert (code, nagios, words) == (4, 3, "BACKUPTOOL UNKNOWN")
    assert [state for _, state in rows] == ["warning", "unknown"]


def test_all_that_is_well_is_0(host: Host) -> None:
    assert asked(host)[:3] == (0, 0, "BACKUPTOOL OK")
