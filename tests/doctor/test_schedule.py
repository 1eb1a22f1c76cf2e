"""What runs the plans at night, on hosts that are set up well, badly or not at all."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
from plumbum import local

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


def test_the_link_of_a_timer_counts_where_it_leads_to_one_on_that_host(root: Path) -> None:
    """As systemctl makes it: an absolute one, of the host whose file system is at `root`."""
    link = root / "etc/systemd/system/timers.target.wants/backuptool.timer"
    link.parent.mkdir(parents=True)
    link.symlink_to("/etc/systemd/system/backuptool.timer")
    with pytest.raises(Doubt, match="nothing runs the plans"):
        schedule(root)
    write(root, "etc/systemd/system/backuptool.timer")
    assert schedule(root) == "systemd: backuptool.timer"


@pytest.mark.parametrize(
    ("path", "mode", "said"),
    [
        ("etc/cron.daily/backuptool.sh", 0o755, "there is a dot in its name"),
        ("etc/cron.daily/backuptool", 0o644, "it is not executable"),
        ("etc/cron.daily/backup~tool", 0o755, "its name has more than"),
        ("etc/cron.d/backuptool.cron", 0o644, "there is a dot in its name"),
        ("etc/cron.d/backuptool", 0o664, "others may write it"),
        ("etc/cron.d/backuptool", 0o646, "others may write it"),
        ("etc/systemd/system/backuptool.timer", 0o644, "nothing runs the plans"),
    ],
)
def test_what_will_never_run_is_said(root: Path, path: str, mode: int, said: str) -> None:
    write(root, path, mode=mode)
    with pytest.raises(Doubt, match=said):
        schedule(root)


@pytest.mark.parametrize("path", ["etc/cron.d/ours", "etc/crontab"])
@pytest.mark.parametrize("job", ["5 3 * * * backuptool backup", "@daily /usr/bin/backuptool backup"])
def test_a_line_without_the_user_that_such_a_table_has_is_no_job(root: Path, path: str, job: str) -> None:
    """cron takes the first word of the command for the user, and says so in the syslog only."""
    file = write(root, path, f"MAILTO=ann\n{job}\n", 0o644)
    with pytest.raises(Doubt, match="no user stands before the command") as caught:
        schedule(root)
    assert caught.value.message.startswith(f"cron passes over {file}: ")
    assert "root" in caught.value.hint


@pytest.mark.parametrize("job", ["@daily root backuptool backup", "5 3 * * 1-5 ann cd /x && /opt/backuptool -v backup"])
def test_a_line_with_its_user_is_a_job(root: Path, job: str) -> None:
    file = write(root, "etc/cron.d/ours", f"SHELL=/bin/sh\n\n\t{job}\n", 0o644)
    assert schedule(root) == f"cron: {file}"


def test_a_table_that_does_not_end_with_a_line_is_not_taken_for_a_job(root: Path) -> None:
    """Debian's cron leaves such a file out as a whole, and tells the syslog only."""
    file = write(root, "etc/cron.d/ours", "5 3 * * * root backuptool backup", 0o644)
    with pytest.raises(Doubt, match="no newline ends its last line") as caught:
        schedule(root)
    assert caught.value.hint == f"echo >> {file}"


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("etc/crontab", "# 5 3 * * * root backuptool backup\n"),
        ("etc/crontab", "5 3 * * * root true # backuptool backup\n"),
        ("etc/cron.d/mon", "*/5 * * * * nagios backuptool check --nagios\n9 9 * * * root other backup\n"),
        ("etc/cron.monthly/drill", "#!/bin/sh\nbackuptool drill\n"),
        ("etc/cron.daily/zz", "#!/bin/sh\n# to do: backuptool backup\n"),
        ("etc/cron.daily/zz", "#!/bin/sh\nbackuptool --config /etc/backup check backup-x\n"),
    ],
)
def test_what_names_the_tool_and_makes_no_backup_is_no_schedule(root: Path, path: str, text: str) -> None:
    write(root, path, text)
    with pytest.raises(Doubt, match="nothing runs the plans"):
        schedule(root)


@pytest.mark.parametrize(
    "text",
    [
        'exec "${BACKUPTOOL:-backuptool}" --config "${BACKUPTOOL_CONFIG:-/etc/backuptool/config.toml}" backup\n',
        "BT=/opt/backuptool.pyz\n$BT backup >/dev/null; echo done\n",
        "python3 -m backuptool \\\n  backup\n",
        "(backuptool backup)\n",
    ],
)
def test_a_script_that_makes_backups_is_one_however_it_is_written(root: Path, text: str) -> None:
    file = write(root, "etc/cron.daily/job", f"#!/bin/sh\n{text}")
    assert schedule(root) == f"cron: {file}"


def test_what_a_package_left_beside_a_good_job_does_not_hide_it(root: Path) -> None:
    write(root, "etc/cron.daily/backuptool.dpkg-old")
    file = write(root, "etc/cron.daily/backuptool")
    assert schedule(root) == f"cron: {file}"


def test_a_job_without_cron_is_said(tmp_path: Path) -> None:
    write(tmp_path, "etc/cron.daily/backuptool")
    with pytest.raises(Doubt, match="no cron is installed"):
        schedule(tmp_path)


def test_nothing_at_all_is_said_with_what_installs_it(root: Path) -> None:
    write(root, "etc/cron.daily/logrotate", "logrotate\n")
    with pytest.raises(Doubt) as told:
        schedule(root)
    assert "backuptool install cron" in told.value.hint


SYSTEMCTL = """#!/bin/sh
[ "$1 $2" = "show backuptool.service" ] || exit 1
echo 'ExecMainStartTimestamp={start}'
echo 'ExecMainExitTimestamp={end}'
echo 'ExecMainCode={kind}'
echo 'ExecMainStatus={code}'
echo 'ActiveState={state}'
"""
START, END = "Wed 2026-11-25 02:30:00 UTC", "Wed 2026-11-25 02:41:07 UTC"
EXITED, KILLED = 1, 2  # waitid(2)


def show(*, start: str = START, end: str = END, kind: int = EXITED, code: int = 0, state: str = "inactive") -> str:
    """A systemctl that shows this of the service."""
    return SYSTEMCTL.format(start=start, end=end, kind=kind, code=code, state=state)


@pytest.fixture
def timer(root: Path) -> Iterator[Path]:
    """An enabled one, on a host that systemd runs."""
    write(root, "etc/systemd/system/timers.target.wants/backuptool.timer")
    (root / "run/systemd/system").mkdir(parents=True)
    with local.env():
        local.env["PATH"] = f"{root}/bin:{local.env['PATH']}"
        yield root


@pytest.mark.parametrize(
    ("shown", "said"),
    [
        (show(), f", last run {END} with exit code 0"),
        (show(start="", end="", kind=0), ", not run yet"),
        (show(end="", kind=0, state="activating"), f", under way since {START}"),
    ],
    ids=["good", "never", "now"],
)
def test_systemd_says_when_it_ran_last(timer: Path, shown: str, said: str) -> None:
    write(timer, "bin/systemctl", shown)
    assert schedule(timer) == f"systemd: backuptool.timer{said}"


@pytest.mark.parametrize(
    ("shown", "said"),
    [
        (show(code=3, state="failed"), "ended with exit code 3"),
        (show(code=9, kind=KILLED, state="failed"), "was ended by SIGKILL"),
        (show(code=35, kind=KILLED, state="failed"), "was ended by signal 35"),
    ],
)
def test_a_last_run_that_failed_is_a_doubt(timer: Path, shown: str, said: str) -> None:
    """A signal's number is no exit code: 9 would be another thing."""
    write(timer, "bin/systemctl", shown)
    with pytest.raises(Doubt, match=f"the last run {END} {said}"):
        schedule(timer)


@pytest.mark.parametrize(("path", "mode"), [("etc/cron.daily/backuptool", 0o644), ("etc/cron.d/ours", 0o666)])
def test_the_command_that_lets_cron_run_it_can_be_pasted(tmp_path: Path, path: str, mode: int) -> None:
    file = write(tmp_path / "a 'b'", path, "5 3 * * * root backuptool backup\n", mode)
    with pytest.raises(Doubt) as caught:
        schedule(tmp_path / "a 'b'")
    assert shlex.split(caught.value.hint)[-1] == str(file)
