"""What runs the plans at night, on hosts that are set up well, badly or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from backuptool.doctor.check import Doubt
from backuptool.doctor.schedule import schedule


def write(root: Path, path: str, text: str = "exec /usr/bin/backuptool backup\n", mode: int = 0o755) -> Path:
    file = root / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    file.chmod(mode)
    return file


@pytest.fixture
def root(tmp_path: Path) -> Path:
    write(tmp_path, "usr/sbin/cron")
    return tmp_path


@pytest.mark.parametrize("path", ["etc/cron.daily/backuptool", "etc/cron.daily/old-job", "etc/cron.weekly/x"])
def test_a_job_of_crons_is_found_by_what_it_runs(root: Path, path: str) -> None:
    file = write(root, path)
    assert schedule(root) == f"cron: {file}"


@pytest.mark.parametrize("path", ["etc/crontab", "etc/cron.d/ours", "var/spool/cron/crontabs/root"])
def test_a_line_in_a_crontab_is_found(root: Path, path: str) -> None:
    file = write(root, path, "5 3 * * * root backuptool backup\n", 0o600)
    assert schedule(root) == f"cron: {file}"


def test_a_timer_that_is_enabled_is_found(root: Path) -> None:
    write(root, "etc/systemd/system/timers.target.wants/backuptool.timer")
    assert schedule(root) == "systemd: backuptool.timer"


@pytest.mark.parametrize(
    ("path", "mode", "said"),
    [
        ("etc/cron.daily/backuptool.sh", 0o755, "there is a dot in its name"),
        ("etc/cron.daily/backuptool", 0o644, "it is not executable"),
        ("etc/systemd/system/backuptool.timer", 0o644, "nothing runs the plans"),
    ],
)
def test_what_will_never_run_is_said(root: Path, path: str, mode: int, said: str) -> None:
    write(root, path, mode=mode)
    with pytest.raises(Doubt, match=said):
        schedule(root)


def test_a_job_without_cron_is_said(tmp_path: Path) -> None:
    write(tmp_path, "etc/cron.daily/backuptool")
    with pytest.raises(Doubt, match="no cron is installed"):
        schedule(tmp_path)


def test_nothing_at_all_is_said_with_what_installs_it(root: Path) -> None:
    write(root, "etc/cron.daily/logrotate", "logrotate\n")
    with pytest.raises(Doubt) as told:
        schedule(root)
    assert "backuptool install cron" in told.value.hint
