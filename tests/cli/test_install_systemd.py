"""The units are as systemd wants them, and may do what the configuration needs."""

from __future__ import annotations

import dataclasses
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from backuptool.install.credentials import loaded
from tests.cli.installing import NO_UTF8, SERVICE, TIMER, UNITS, files, ok, tool
from tests.cli.test_round_trip import Host


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

    @pytest.mark.needs("man")
    @pytest.mark.parametrize("has_page", [True, False])
    def test_the_manual_page_is_named_where_there_is_one(self, host: Host, root: Path, *, has_page: bool) -> None:
        """systemd-analyze verify asks man for each page that a unit names."""
        pages = host.folder / "man" / "man1"
        pages.mkdir(parents=True)
        if has_page:
            (pages / "backuptool.1").write_text(".TH BACKUPTOOL 1\n.SH NAME\nbackuptool \\- x\n")
        told = dataclasses.replace(host, argv=("/usr/bin/env", f"MANPATH={pages.parent}", *host.argv))
        ok(told, root, "install", "systemd")
        lines = (root / SERVICE).read_text().splitlines()
        assert ("Documentation=man:backuptool(1)" in lines) is has_page
        asked = subprocess.run(
            ["systemd-analyze", "verify", root / SERVICE], check=False, capture_output=True, text=True,
            env={**os.environ, "MANPATH": str(pages.parent)},
        )  # fmt: skip
        assert (asked.returncode, asked.stderr) == (0, "")

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

    @pytest.mark.parametrize("version", ["252 (252.39-1~deb12u2)", "249 (249.11-0ubuntu3.16)"])
    def test_credentials_are_loaded_from_where_they_are(self, host: Host, root: Path, version: str) -> None:
        """Below another root by path: of the systemd that will read it there nothing is known."""
        text = host.config.read_text().replace(f'"{host.folder}/passphrase.txt"', '"credential:passphrase"')
        host.config.write_text(f'{text}[[plans.broker.stores]]\ntype = "webdav"\nurl = "https://cloud.example.org/x/"\n'
                               'user = "u"\npassword_file = "credential:dav"\n')  # fmt: skip
        (root / "etc/credstore.encrypted").mkdir()
        (root / "etc/credstore.encrypted/dav").touch()
        systemctl = host.folder / "bin" / "systemctl"
        systemctl.parent.mkdir()
        systemctl.write_text(f"#!/bin/sh\necho 'systemd {version}'\n")
        systemctl.chmod(0o755)
        told = dataclasses.replace(
            host, argv=("/usr/bin/env", f"PATH={systemctl.parent}:{os.environ['PATH']}", *host.argv)
        )
        said = ok(told, root, "install", "systemd")
        service = (root / SERVICE).read_text().splitlines()
        assert "LoadCredential=passphrase:/etc/credstore/passphrase" in service
        assert "LoadCredentialEncrypted=dav:/etc/credstore.encrypted/dav" in service
        assert "credential:passphrase is read from /etc/credstore/passphrase, which is not there yet" in said
        assert "credential:dav is read" not in said

    @pytest.mark.parametrize(
        ("version", "written"),
        [("252 (252.39-1~deb12u2)", "no-such-name"), ("249 (249.11)", "no-such-name:/etc/credstore/no-such-name")],
    )
    def test_this_host_s_own_finds_them_by_name_from_252_on(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: str, written: str
    ) -> None:
        """A path without a file keeps the unit from starting, and so all plans."""
        systemctl = tmp_path / "systemctl"
        systemctl.write_text(f"#!/bin/sh\necho 'systemd {version}'\n")
        systemctl.chmod(0o755)
        monkeypatch.setenv("PATH", str(tmp_path))
        assert loaded("no-such-name", Path("/")) == f"LoadCredential={written}"
        assert loaded("no-such-name", tmp_path / "..").endswith(":/etc/credstore/no-such-name")

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

    def test_beside_a_timer_of_somebody_elses_no_service_is_left(self, host: Host, root: Path) -> None:
        """Uninstalling would leave it too, for it refuses the same timer."""
        (root / TIMER).write_text("# mine\n")
        done = tool(host, root, "install", "systemd")
        assert (done.returncode, f"{root / TIMER} is there and not ours" in done.stderr) == (2, True), done.stderr
        assert files(root) == {TIMER}

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
