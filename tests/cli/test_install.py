"""What is installed runs, in cron's environment and by systemd's rules; what is taken away is ours and nothing else."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from datetime import UTC, date, datetime, time
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from backuptool.errors import BackuptoolError, UsageError
from backuptool.install import File, place
from backuptool.install.on_calendar import check_calendar
from backuptool.nightly import NIGHTLY
from tests.cli.test_round_trip import Host

WRAPPER, UNITS = "etc/cron.daily/backuptool", "etc/systemd/system"
SERVICE, TIMER = f"{UNITS}/backuptool.service", f"{UNITS}/backuptool.timer"

NO_UTF8 = os.fsdecode(b"caf\xe9.toml")


@pytest.fixture
def root(host: Host) -> Path:
    """A host's file system, as far as anything is written to it."""
    made = host.folder / "root"
    for folder in ("etc/cron.daily", UNITS, "usr/sbin/cron"):  # a folder in place of the program: it is no file of ours
        (made / folder).mkdir(parents=True)
    (host.folder / "state").mkdir()
    return made


def tool(host: Host, root: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return host.tool(*words, "--root", str(root))


def ok(host: Host, root: Path, *words: str) -> str:
    done = tool(host, root, *words)
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    return done.stdout


def files(root: Path) -> set[str]:
    return {str(path.relative_to(root)) for path in root.rglob("*") if not path.is_dir()}


class TestCron:
    def test_the_wrapper_makes_a_backup_in_crons_environment_and_says_nothing(self, host: Host, root: Path) -> None:
        said = ok(host, root, "install", "cron")
        assert said == f"{root}/{WRAPPER} is written: all plans of {host.config}, every day\n"
        assert (root / WRAPPER).stat().st_mode & 0o777 == 0o755
        argv = ["run-parts", "--report", str((root / WRAPPER).parent)]
        done = subprocess.run(argv, env={"PATH": "/usr/bin:/bin"}, cwd="/", capture_output=True, text=True, check=False)
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
        assert host.bundle()

    def test_a_path_with_blanks_and_quotes_is_one_word(self, host: Host, root: Path) -> None:
        odd = host.folder / "it's a $HOME `x` config.toml"
        odd.write_bytes(host.config.read_bytes())
        ok(host, root, "--config", str(odd), "install", "cron")
        done = subprocess.run([root / WRAPPER], env={}, cwd="/", capture_output=True, text=True, check=False)
        assert (done.returncode, done.stderr) == (0, "")

    def test_a_path_that_is_no_utf8_is_written_as_it_is(self, host: Host, root: Path) -> None:
        odd = host.folder / NO_UTF8
        odd.write_bytes(host.config.read_bytes())
        argv = [sys.executable, "-m", "backuptool", "--config", str(odd), "install", "cron", "--root", str(root)]
        for words in (["--dry-run"], []):
            done = subprocess.run([*argv, *words], cwd=host.folder, capture_output=True, check=False)
            assert (done.returncode, done.stderr) == (0, b""), done.stderr.decode(errors="replace")
            assert b"/caf" in done.stdout
        run = subprocess.run([root / WRAPPER], env={}, cwd="/", capture_output=True, text=True, check=False)
        assert (run.returncode, run.stderr) == (0, "")
        assert "is removed" in ok(host, root, "uninstall", "cron")

    def test_a_configuration_that_would_fail_every_night_is_refused(self, host: Host, root: Path) -> None:
        host.config.write_text("nonsense = 1\n")
        done = tool(host, root, "install", "cron")
        assert (done.returncode, "nonsense: unknown key" in done.stderr, files(root)) == (2, True, set())

    @pytest.mark.parametrize("more", [(), ("--dry-run",)])
    def test_credentials_are_refused_as_cron_hands_out_none(
        self, host: Host, root: Path, more: tuple[str, ...]
    ) -> None:
        text = host.config.read_text().replace(f'"{host.folder}/passphrase.txt"', '"credential:passphrase"')
        host.config.write_text(text)
        done = tool(host, root, "install", "cron", *more)
        assert (done.returncode, done.stdout, files(root)) == (2, "", set())
        assert done.stderr.splitlines() == [
            "backuptool: cron hands out no credential:passphrase, every night would fail",
            "hint: backuptool install systemd, or name files in their place",
        ]

    def test_a_folder_that_the_run_makes_need_not_be_there(self, host: Host, root: Path) -> None:
        (host.folder / "state").rmdir()
        ok(host, root, "install", "cron")

    def test_a_time_that_cron_would_not_keep_is_refused(self, host: Host, root: Path) -> None:
        done = tool(host, root, "install", "cron", "--on-calendar", NIGHTLY)
        assert (done.returncode, files(root)) == (2, set())
        assert done.stderr.startswith("backuptool: cron.daily has its own time, --on-calendar is for systemd\n")

    def test_a_folder_for_jobs_without_a_cron_to_run_them_is_told(self, host: Host, root: Path) -> None:
        """Other packages leave files in /etc/cron.daily too."""
        shutil.rmtree(root / "usr/sbin")
        done = tool(host, root, "install", "cron")
        assert done.returncode == 0
        assert "no cron is installed that would run it: apt install cron, or: backuptool install systemd" in done.stderr

    def test_a_host_without_cron_is_told(self, host: Host, root: Path) -> None:
        (root / WRAPPER).parent.rmdir()
        done = tool(host, root, "install", "cron")
        assert (done.returncode, done.stderr.splitlines()[0]) == (
            2,
            f"backuptool: there is no folder {root}/etc/cron.daily",
        )


@pytest.mark.needs("systemd-analyze")
class TestSystemd:
    def test_the_units_are_what_systemd_wants_and_the_timer_is_enabled(self, host: Host, root: Path) -> None:
        said = ok(host, root, "install", "systemd")  # what systemd-analyze verify had to say would be on stderr
        assert files(root) == {SERVICE, TIMER, f"{UNITS}/timers.target.wants/backuptool.timer"}
        exposure = r"exposure of the service by systemd-analyze security \(0 is best, 10 worst\): [0-2]\.\d OK"
        assert re.search(exposure, said), said
        assert {(root / unit).stat().st_mode & 0o777 for unit in (SERVICE, TIMER)} == {0o644}
        service = (root / SERVICE).read_text().splitlines()
        assert f"ReadWritePaths={host.folder}/state" in service
        assert f"ReadWritePaths=-{host.folder}" in service, "the folder where the store will be made"
        script = Path(sys.executable).with_name("backuptool")
        command = script if script.exists() else f"{sys.executable} -m backuptool"
        assert f"ExecStart={command} -v --config {host.config} backup" in service
        assert {"Persistent=true", "RandomizedDelaySec=1h", "FixedRandomDelay=true"} < set(
            (root / TIMER).read_text().splitlines()
        )

    def test_podman_is_refused_as_it_must_enter_what_the_unit_forbids(self, host: Host, root: Path) -> None:
        shell = 'shell = { type = "container", name = "db", engine = "podman" }'
        host.config.write_text(re.sub(r"shell = .*", shell, host.config.read_text()))
        done = tool(host, root, "install", "systemd")
        assert (done.returncode, files(root)) == (2, set())
        assert done.stderr.splitlines() == [
            "backuptool: podman cannot enter a container under the unit's rules",
            "hint: backuptool install cron",
        ]
        far = shell.replace(" }", ', host = { type = "ssh", host = "db1" } }')
        host.config.write_text(host.config.read_text().replace(shell, far))
        ok(host, root, "install", "systemd")

    def test_what_systemd_says_against_a_unit_is_passed_on(self, host: Host, root: Path) -> None:
        (root / f"{SERVICE}.d").mkdir()
        (root / f"{SERVICE}.d" / "override.conf").write_text("[Service]\nNonsense=1\n")  # as systemctl edit has it
        done = tool(host, root, "install", "systemd")
        assert "systemd-analyze verify: " in done.stderr
        assert "Nonsense" in done.stderr

    @pytest.mark.parametrize("more", [(), ("--dry-run",)])
    def test_a_timer_that_would_never_fire_is_not_written(self, host: Host, root: Path, more: tuple[str, ...]) -> None:
        done = tool(host, root, "install", "systemd", "--on-calendar", "every day", *more)
        said, hint = done.stderr.splitlines()
        assert (done.returncode, done.stdout, files(root)) == (2, "", set())
        assert said.startswith("backuptool: 'every day' is no time for a timer: ")
        assert "'Mon..Fri 04:00'" in hint

    def test_a_line_end_in_a_time_is_no_way_into_the_unit(self, host: Host, root: Path) -> None:
        done = tool(host, root, "install", "systemd", "--on-calendar", "daily\nExecStart=/bin/false")
        assert (done.returncode, files(root)) == (2, set())

    def test_credentials_are_loaded_from_where_they_are(self, host: Host, root: Path) -> None:
        text = host.config.read_text().replace(f'"{host.folder}/passphrase.txt"', '"credential:passphrase"')
        host.config.write_text(f'{text}[[plans.broker.stores]]\ntype = "webdav"\nurl = "https://cloud.example.org/x/"\n'
                               'user = "u"\npassword_file = "credential:dav"\n')  # fmt: skip
        (root / "etc/credstore.encrypted").mkdir()
        (root / "etc/credstore.encrypted/dav").touch()
        said = ok(host, root, "install", "systemd")
        service = (root / SERVICE).read_text().splitlines()
        assert "LoadCredential=passphrase:/etc/credstore/passphrase" in service
        assert "LoadCredentialEncrypted=dav:/etc/credstore.encrypted/dav" in service
        assert "credential:passphrase is read from /etc/credstore/passphrase, which is not there yet" in said
        assert "credential:dav is read" not in said

    @pytest.mark.parametrize("more", [(), ("--dry-run",)])
    def test_a_path_that_is_no_utf8_cannot_be_in_a_unit(self, host: Host, root: Path, more: tuple[str, ...]) -> None:
        odd = host.folder / NO_UTF8
        odd.write_bytes(host.config.read_bytes())
        done = tool(host, root, "--config", str(odd), "install", "systemd", *more)
        said, hint = done.stderr.splitlines()
        assert (done.returncode, done.stdout, files(root)) == (2, "", set())
        assert said.endswith("/caf\\udce9.toml is not UTF-8, and systemd reads no other")
        assert "rename it" in hint

    def test_a_folder_that_is_not_there_cannot_be_opened_to_the_unit(self, host: Host, root: Path) -> None:
        (host.folder / "state").rmdir()
        done = tool(host, root, "install", "systemd")
        assert (done.returncode, "mkdir -p -m 700" in done.stderr, files(root)) == (2, True, set())

    @pytest.mark.parametrize("below", ["", "/sub"])
    def test_a_folder_in_backuptools_own_state_is_open_to_the_unit(self, host: Host, root: Path, below: str) -> None:
        host.config.write_text(host.config.read_text().replace(f"{host.folder}/state", f"/var/lib/backuptool{below}"))
        ok(host, root, "install", "systemd")
        assert "StateDirectory=backuptool" in (root / SERVICE).read_text().splitlines()

    def test_what_hooks_cannot_do_there_is_said(self, host: Host, root: Path) -> None:
        hooks = '[plans.broker]\nhooks = { before = ["mount", "/mnt/usb"] }'
        host.config.write_text(host.config.read_text().replace("[plans.broker]", hooks))
        done = tool(host, root, "install", "systemd")
        assert (done.returncode, "hooks can neither mount nor write" in done.stderr) == (0, True), done.stderr

    def test_without_systemctl_nothing_is_left_behind(self, host: Host, root: Path) -> None:
        done = host.run("--config", str(host.config), "install", "systemd", "--root", str(root), PATH="/none")
        assert (done.returncode, "there is no systemctl" in done.stderr, files(root)) == (2, True, set())

    def test_a_timer_beside_a_unit_that_was_changed_stays_enabled(self, host: Host, root: Path) -> None:
        ok(host, root, "install", "systemd")
        before = files(root)
        with (root / SERVICE).open("a") as service:
            service.write("# mine\n")
        done = tool(host, root, "uninstall", "systemd")
        assert (done.returncode, "changed by somebody since" in done.stderr, files(root)) == (2, True, before)

    def test_two_runs_a_night_are_warned_of(self, host: Host, root: Path) -> None:
        ok(host, root, "install", "cron")
        done = tool(host, root, "install", "systemd")
        assert done.stderr.splitlines() == [
            "backuptool: /etc/cron.daily/backuptool is there too: two runs a night; backuptool uninstall cron"
        ]


@pytest.mark.needs("systemd-analyze")
def test_doctor_says_when_a_unit_was_installed_before_a_store_came(host: Host, root: Path) -> None:
    def found() -> dict[str, str]:
        told = json.loads(tool(host, root, "doctor", "--json").stdout)
        return next(one for one in told if one["check"] == "unit")

    ok(host, root, "install", "systemd")
    assert found()["grade"] == "ok"
    second = host.folder.parent / f"{host.folder.name}-second"
    second.mkdir()
    host.config.write_text(f'{host.config.read_text()}[[plans.broker.stores]]\ntype = "directory"\npath = "{second}"\n')
    assert (found()["grade"], found()["found"]) == ("failed", f"backuptool.service may not write to {second}")
    ok(host, root, "install", "systemd")
    assert found()["grade"] == "ok"


@pytest.mark.parametrize("what", ["cron", pytest.param("systemd", marks=pytest.mark.needs("systemd-analyze"))])
class TestBoth:
    def test_a_dry_run_prints_what_would_be_written(self, host: Host, root: Path, what: str) -> None:
        said = ok(host, root, "install", what, "--dry-run")
        assert files(root) == set()
        ok(host, root, "install", what)
        for path in files(root) - {f"{UNITS}/timers.target.wants/backuptool.timer"}:
            assert f"# {root}/{path}, mode " in said
            assert (root / path).read_text() in said

    def test_who_takes_the_place_of_another_configuration_is_told_which(
        self, host: Host, root: Path, what: str
    ) -> None:
        """Its plans are backed up no more, and nothing else would say so."""
        ok(host, root, "install", what)
        other = host.folder / "other.toml"
        other.write_text(host.config.read_text())
        done = host.run("--config", str(other), "install", what, "--root", str(root))
        assert (done.returncode, f"ran the plans of {host.config}: nothing runs those" in done.stderr) == (0, True)
        assert host.run("--config", str(other), "install", what, "--root", str(root)).stderr == ""

    def test_installing_again_is_no_error_and_uninstalling_leaves_nothing(
        self, host: Host, root: Path, what: str
    ) -> None:
        ok(host, root, "install", what)
        ok(host, root, "install", what)
        assert "would remove" in ok(host, root, "uninstall", "--dry-run")
        assert files(root)
        assert "is removed" in ok(host, root, "uninstall")
        assert files(root) == set()
        assert ok(host, root, "uninstall", what) == "nothing of ours is installed\n"

    def test_what_somebody_else_wrote_or_changed_is_never_touched(self, host: Host, root: Path, what: str) -> None:
        target = root / {"cron": WRAPPER, "systemd": SERVICE}[what]
        ok(host, root, "install", what)
        ours = target.read_text()
        for content, said in (("#!/bin/sh\n", "not ours"), (f"# mine\n{ours}", "changed"), ("", "not ours")):
            target.write_text(content)
            for words in (("install", what), ("uninstall",), ("uninstall", what)):
                done = tool(host, root, *words)
                assert (done.returncode, said in done.stderr, target.read_text()) == (2, True, content), words
        target.unlink()
        target.symlink_to(host.config)
        assert tool(host, root, "install", what).returncode == 2
        assert target.is_symlink()


def test_the_wrapper_that_was_once_copied_by_hand_is_ours(host: Host, root: Path) -> None:
    shipped = Path(__file__).parents[2] / "backuptool" / "data" / "cron.daily"
    (root / WRAPPER).write_bytes(shipped.read_bytes())
    assert "is removed" in ok(host, root, "uninstall", "cron")


@pytest.mark.needs("systemd-analyze")
@pytest.mark.parametrize(
    ("when", "why"),
    [
        ("every day", "Failed to parse"), ("-x", "Failed to parse"), ("2020-01-01", "it has no next time"),
        ("", "it is empty"), ("daily\n", "not of one line"),
    ],
)  # fmt: skip
def test_a_time_that_never_comes_is_none_for_a_timer(when: str, why: str) -> None:
    with pytest.raises(UsageError, match=f"is no time for a timer: .*{why}") as told:
        check_calendar(when)
    assert "'Mon..Fri 04:00'" in told.value.hint


@pytest.mark.needs("systemd-analyze")
@pytest.mark.parametrize("when", [NIGHTLY, "hourly", "Mon..Fri 04:00"])
def test_a_time_that_systemd_understands_is_right(when: str) -> None:
    check_calendar(when)


@pytest.mark.parametrize(
    ("zone", "day", "skipped"),
    [
        ("Europe/Berlin", date(2027, 3, 28), time(2, 30)),
        ("Europe/Athens", date(2027, 3, 28), time(3, 30)),
        ("America/New_York", date(2027, 3, 14), time(2, 30)),
    ],
)
def test_the_nightly_time_comes_when_clocks_are_put_forward_too(zone: str, day: date, skipped: time) -> None:
    """systemd passes over a night whose local time does not exist, and Persistent= sees nothing missed."""
    assert not exists(datetime.combine(day, skipped, ZoneInfo(zone)))
    assert exists(datetime.combine(day, time.fromisoformat(NIGHTLY.split()[1]), ZoneInfo(zone)))


def exists(local: datetime) -> bool:
    return local.astimezone(UTC).astimezone(local.tzinfo).replace(tzinfo=None) == local.replace(tzinfo=None)


def test_where_nothing_can_be_written_it_says_what_to_do(tmp_path: Path) -> None:
    """Nobody makes a file in /sys, root neither; in a container it is mounted read-only besides."""
    hints = {
        "Permission denied": "run it as root",
        "Read-only file system": "make room in /sys/kernel, or mount it so that it can be written to",
    }
    with pytest.raises(BackuptoolError) as told:
        place(File(Path("/kernel/backuptool"), ""), Path("/sys"))
    where, _, reason = told.value.message.partition(": ")
    assert (where, told.value.hint) == ("/sys/kernel/backuptool", hints[reason])


def test_what_a_killed_run_left_goes_with_the_next(host: Host, root: Path) -> None:
    left, theirs = (root / WRAPPER).with_name(".backuptool.0123abcd"), (root / WRAPPER).with_name(".backuptool.mine")
    for file in (left, theirs):
        file.touch()
    ok(host, root, "install", "cron")
    assert files(root) == {WRAPPER, str(theirs.relative_to(root))}
