"""`backuptool check` as monitoring runs it."""

from __future__ import annotations

import json
import re

from tests.cli.test_round_trip import Host


def test_a_fresh_backup_is_well_in_words_as_json_and_for_nagios(host: Host) -> None:
    host.ok("backup")
    first, second = host.ok("check").splitlines()
    assert re.fullmatch(rf"{host.store}: 1 backup, newest 0 min old, [0-9.]+ MB, \d+ tables", first)
    assert second == "  OK"
    (row,) = json.loads(host.ok("check", "--json"))
    assert (row["state"], row["backups"], row["newest"], row["findings"]) == ("ok", 1, host.bundle().name, [])
    line = host.ok("check", "--nagios").splitlines()[0]
    size = host.bundle().stat().st_size
    assert re.fullmatch(
        rf"BACKUPTOOL OK - .* \| broker_1_age=\d+s;;93600 broker_1_size={size}B;;0: broker_1_count=1", line
    )


def test_no_backup_is_critical(host: Host) -> None:
    host.store.mkdir()
    done = host.tool("check")
    assert (done.returncode, done.stdout) == (4, f"{host.store}: 0 backups, none\n  CRITICAL: there is no backup\n")
    assert done.stderr.startswith(f"backuptool: {host.store}: there is no backup\nhint: ")
    done = host.tool("check", "--nagios")
    assert (done.returncode, done.stdout.splitlines()[0]) == (2, "BACKUPTOOL CRITICAL - there is no backup")


def test_a_warning_is_one_for_nagios(host: Host) -> None:
    host.config.write_text(f'{host.config.read_text()}\n[plans.broker.check]\ndrill_max_age = "35d"\n')
    host.ok("backup")
    done = host.tool("check", "--nagios")
    assert (done.returncode, done.stdout.partition(" | ")[0]) == (1, "BACKUPTOOL WARNING - no drill within 35d")


def test_what_cannot_be_asked_is_unknown_and_not_well(host: Host) -> None:
    host.config.write_text(host.config.read_text().replace("create = true", 'mount_point = "/nowhere"'))
    assert host.tool("check").returncode in {2, 6}
    done = host.tool("check", "--nagios")
    assert (done.returncode, done.stdout.startswith("BACKUPTOOL UNKNOWN - ")) == (3, True)
    assert len(done.stdout.splitlines()) == 1
