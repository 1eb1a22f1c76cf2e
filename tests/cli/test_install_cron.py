"""The job of cron's runs in its environment, and is refused where it would fail every night."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from backuptool.nightly import NIGHTLY
from tests.cli.installing import NO_UTF8, WRAPPER, files, ok, tool
from tests.cli.test_round_trip import Host


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

    def test_a_job_that_run_parts_passes_over_is_said_with_the_command_that_shows_it(
        self, host: Host, root: Path
    ) -> None:
        odd = root.rename(root.with_name("it's a root"))
        (host.folder / "run-parts").symlink_to("/bin/true")
        words = ["--config", str(host.config), "install", "cron", "--root", str(odd)]
        done = host.run(*words, PATH=f"{host.folder}:{os.environ['PATH']}")
        assert (done.returncode, "run-parts passes over" in done.stderr) == (1, True), done.stderr
        command = done.stderr.splitlines()[1].removeprefix("hint: ").removesuffix(" names what it runs")
        assert shlex.split(command) == ["run-parts", "--test", f"{odd}/etc/cron.daily"]

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
