"""What doctor finds about a host, where no whole one is needed to see it."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from backuptool.config import Plan
from backuptool.doctor.check import Finding, examine
from backuptool.doctor.host import HOST, Host
from backuptool.ledger import Entry, Ledger
from backuptool.nightly import NIGHTLY_PATH
from backuptool.sop import BEYOND
from tests.doctor.sample import planned

COMPOSE = {"type": "compose", "file": "/srv/compose.yml", "service": "db"}
FAR = {"type": "ssh", "host": "db1"}


def found(check: str, host: Host) -> list[Finding]:
    return list(examine([one for one in HOST if one.name == check], host))


def configured(folder: Path, mode: int) -> Path:
    """A configuration in a folder of this mode."""
    (folder / "etc").mkdir()
    (folder / "etc").chmod(mode)
    (folder / "etc" / "config.toml").touch(mode=0o600)
    return folder / "etc" / "config.toml"


def test_of_the_old_procedures_variables_it_is_said_where_the_keys_of_hints_go() -> None:
    (one,) = found("configuration", Host(None, []))
    assert (one.grade, one.found) == ("ok", f"the variables of the old procedure; for other keys, {BEYOND}")


@pytest.mark.parametrize(("mode", "grade"), [(0o700, "ok"), (0o1777, "ok"), (0o777, "failed"), (0o720, "failed")])
def test_who_may_write_into_the_configurations_folder_may_replace_it(tmp_path: Path, mode: int, grade: str) -> None:
    """But for others' files in one like /tmp."""
    path = configured(tmp_path, mode)
    (one,) = found("configuration", Host(path, []))
    told = str(path) if grade == "ok" else f"others may write {path.parent}"
    assert (one.grade, one.found) == (grade, told)


# chown(2) is root's. CI runs as root and never skips it.
@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
@pytest.mark.parametrize("name", ["config.toml", "."])
def test_a_configuration_of_another_users_is_a_failure(tmp_path: Path, name: str) -> None:
    path = configured(tmp_path, 0o700)
    os.chown(path.parent / name, 65534, -1)
    (one,) = found("configuration", Host(path, []))
    assert (one.grade, one.found) == ("failed", f"{path.parent / name} belongs to another user")


@pytest.mark.parametrize(
    ("shell", "variable", "said"),
    [
        ({"type": "local"}, "PGHOST", True),
        (COMPOSE, "PGHOST", False),
        (COMPOSE, "DOCKER_HOST", True),
        (COMPOSE, "COMPOSE_PROJECT_NAME", True),
        ({**COMPOSE, "host": FAR}, "SSH_AUTH_SOCK", True),
        (FAR, "SSH_AUTH_SOCK", True),
        ({"type": "local"}, "SSH_AUTH_SOCK", False),
    ],
)
def test_a_variable_that_cron_will_not_have_is_said_where_it_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, shell: dict[str, Any], variable: str, said: bool
) -> None:
    for name in ("PGHOST", "DOCKER_HOST", "COMPOSE_PROJECT_NAME", "SSH_AUTH_SOCK"):
        monkeypatch.delenv(name, raising=False)
    plan = planned(tmp_path, source={"database": "broker", "shell": shell})
    assert found("environment", Host(None, [plan])) == []
    monkeypatch.setenv(variable, "s3cret")
    told = found("environment", Host(Path("/x"), [plan]))
    assert [(one.grade, variable in one.found, "s3cret" in one.found) for one in told] == [
        ("warning", True, False)
    ] * said


def test_the_old_procedures_own_variables_are_no_accident(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COMPOSE_FILE", "/srv/compose.yml")
    plan = planned(tmp_path, source={"shell": COMPOSE})
    assert [len(found("environment", Host(config, [plan]))) for config in (None, Path("/x"))] == [0, 1]


@pytest.mark.parametrize(
    ("more", "program"),
    [
        ({"source": {"shell": COMPOSE}}, "docker"),
        ({"source": {"shell": {**COMPOSE, "engine": "podman"}}}, "podman"),
        ({"source": {"shell": {**COMPOSE, "host": FAR}}}, "ssh"),
        ({"source": {"database": "broker", "shell": {"type": "local"}}}, "pg_dump"),
        ({"source": {"shell": COMPOSE}, "hooks": {"before": ["stop-it", "now"]}}, "stop-it"),
    ],
)
def test_a_program_that_only_the_path_here_finds_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, more: dict[str, Any], program: str
) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    for folder in (here, there):
        folder.mkdir()
    (here / program).touch(mode=0o755)
    monkeypatch.setattr("backuptool.doctor.night.NIGHTLY_PATH", str(there))
    monkeypatch.setenv("PATH", str(here))
    plan = planned(tmp_path, **more)
    (told,) = found("path", Host(None, [plan]))
    assert (told.grade, told.hint) == ("warning", f"ln -s {here / program} /usr/local/bin/")
    assert told.found.startswith(f"{program} is {here / program} by the PATH here")
    (there / program).touch(mode=0o755)
    assert found("path", Host(None, [plan])) == []


def test_one_that_the_shells_own_path_finds_is_found_at_night_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "pg_dump").touch(mode=0o755)
    monkeypatch.setattr("backuptool.doctor.night.NIGHTLY_PATH", "/nowhere")
    monkeypatch.setenv("PATH", str(tmp_path))
    shell = {"type": "local", "path": str(tmp_path)}
    assert found("path", Host(None, [planned(tmp_path, source={"database": "x", "shell": shell})])) == []


@pytest.mark.parametrize("file", ["backuptool.service", "cron.daily"])
def test_the_path_of_the_night_is_that_of_what_is_installed(file: str) -> None:
    assert f"PATH={NIGHTLY_PATH}\n" in (files("backuptool") / "data" / file).read_text(encoding="utf-8")


def stored(folder: Path, name: str, age: timedelta) -> Plan:
    plan = planned(folder)
    at = (datetime.now(UTC) - age).isoformat(timespec="seconds")
    Ledger(plan.state_dir).add(Entry(at, plan.name, name, "stored", "/d", "download", 1, 1, ""))
    return plan


def test_the_ledger_says_when_the_plans_were_made_last(tmp_path: Path) -> None:
    (tmp_path / "etc" / "cron.d").mkdir(parents=True)
    (tmp_path / "etc" / "cron.d" / "ours").write_text("5 3 * * * root backuptool backup\n")
    (tmp_path / "usr" / "bin").mkdir(parents=True)
    (tmp_path / "usr" / "bin" / "crond").touch()
    (none,) = found("schedule", Host(None, [planned(tmp_path)], tmp_path))
    assert (none.grade, none.found) == ("ok", f"cron: {tmp_path}/etc/cron.d/ours")
    (fresh,) = found("schedule", Host(None, [stored(tmp_path, "x.tar", timedelta(hours=25))], tmp_path))
    assert (fresh.grade, "; broker last at " in fresh.found) == ("ok", True)


def test_a_plan_that_was_made_too_long_ago_is_a_doubt(tmp_path: Path) -> None:
    (tmp_path / "etc" / "systemd" / "system" / "timers.target.wants").mkdir(parents=True)
    (tmp_path / "etc" / "systemd" / "system" / "timers.target.wants" / "backuptool.timer").touch()
    (old,) = found("schedule", Host(None, [stored(tmp_path, "x.tar", timedelta(hours=27))], tmp_path))
    assert (old.grade, "the last backup of broker is of " in old.found) == ("warning", True)
