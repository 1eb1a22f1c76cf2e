"""Who is told of a run, and the commands around it: what they do, or fail to do, changes nothing about a backup."""

from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from backuptool.ledger import Entry, Ledger
from tests.cli.quick import QUICK
from tests.cli.test_round_trip import Host
from tests.cli.test_stores import stored_in
from tests.pings import Pinged, pinged


@pytest.fixture
def watcher() -> Iterator[Pinged]:
    with pinged() as seen:
        yield seen


def told(host: Host, line: str, plan: str = "broker") -> None:
    """Put a line into the plan's own table."""
    host.config.write_text(host.config.read_text().replace(f"[plans.{plan}]", f"[plans.{plan}]\n{line}"))


def hooks(host: Host, *events: str, script: str = "", **more: str) -> Path:
    """Hooks that write what they see to the file that is returned, then run `script`."""
    seen = host.folder / "seen"
    line = f'{{ printf "BEGIN=\\0"; env -0 | grep -z ^BACKUPTOOL_; }} >> "{seen}"; {script or "true"}'
    argv = json.dumps(["sh", "-c", line])
    words = [*(f"{event} = {argv}" for event in events), *(f"{key} = {value}" for key, value in more.items())]
    told(host, f"hooks = {{ {', '.join(words)} }}")
    return seen


def facts(seen: Path) -> list[dict[str, str]]:
    """What each hook saw, without the tool's name before it."""
    return [
        dict(item.removeprefix("BACKUPTOOL_").split("=", 1) for item in hook.split("\0") if item)
        for hook in seen.read_text().split("BEGIN=\0")[1:]
    ]


class TestPings:
    def test_a_backup_is_a_start_and_a_success_with_what_was_done(self, host: Host, watcher: Pinged) -> None:
        told(host, f'notify = {{ ping_url = "{watcher.url}" }}')
        done = host.tool("backup")
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
        assert watcher.paths == ["/start", ""]
        assert f"made {host.bundle().name}, " in watcher.told[1][1]

    def test_a_failure_comes_with_the_error_and_the_logs_tail(self, host: Host, watcher: Pinged) -> None:
        (host.folder / "url").write_text(f"{watcher.url}\n")
        (host.folder / "url").chmod(0o600)
        told(host, f'notify = {{ ping_url_file = "{host.folder}/url" }}')
        host.config.write_text(host.config.read_text().replace("create = true", ""))
        done = host.tool("backup")
        assert (done.returncode, watcher.paths) == (6, ["/start", "/fail"])
        lines = watcher.told[1][1].splitlines()
        assert lines[0] == f"{host.store} does not exist"
        assert lines[1].startswith("hint: ")
        assert "s3cret" not in done.stderr + watcher.told[1][1]

    def test_a_backup_that_is_in_some_stores_only_is_a_failure(self, host: Host, watcher: Pinged) -> None:
        told(host, f'notify = {{ ping_url = "{watcher.url}" }}')
        stored_in(host, Path("/proc/none/there"))
        assert (host.tool("backup").returncode, watcher.paths) == (3, ["/start", "/fail"])
        assert " only; /proc/none/there: " in watcher.told[1][1]

    def test_nobody_there_is_a_warning_and_the_backup_is_made(self, host: Host) -> None:
        told(host, 'notify = { ping_url = "http://127.0.0.1:9/5f0d-s3cret" }')
        done = host.tool("backup")
        assert done.returncode == 0
        assert done.stderr.splitlines() == [
            f"backuptool: 127.0.0.1 was not told of the {event}: no connection (ConnectionError)"
            for event in ("start", "success")
        ]
        assert host.bundle()

    @pytest.mark.parametrize("content", ["", "nonsense s3cret\n", None])
    def test_a_file_without_an_address_is_a_warning_too(self, host: Host, content: str | None) -> None:
        if content is not None:
            (host.folder / "url").write_text(content)
            (host.folder / "url").chmod(0o600)
        told(host, f'notify = {{ ping_url_file = "{host.folder}/url" }}')
        done = host.tool("backup")
        assert (done.returncode, "nobody is told of this run: " in done.stderr) == (0, True)
        assert "s3cret" not in done.stderr
        assert host.bundle()

    def test_another_run_that_is_under_way_is_not_declared_a_failure(self, host: Host, watcher: Pinged) -> None:
        told(host, f'notify = {{ ping_url = "{watcher.url}" }}')
        seen = hooks(host, "before", "failed", script=f'{shlex.join(QUICK)} --config "{host.config}" backup')
        done = host.tool("backup")
        assert "sh ended with exit code 11" in done.stderr
        assert [one["EVENT"] for one in facts(seen)] == ["before", "failed"]
        assert watcher.paths == ["/start", "/fail"]

    def test_a_lock_that_cannot_be_had_is_a_failure_that_is_told(self, host: Host, watcher: Pinged) -> None:
        """Each night's, for the folder stays as it is; here its name is too long, for root may write anywhere."""
        told(host, f'notify = {{ ping_url = "{watcher.url}" }}')
        seen = hooks(host, "before", "after", "failed")
        text = f'work_dir = "{host.folder}/work"\n{host.config.read_text()}'
        host.config.write_text(text.replace(f"{host.folder}/state", f"{host.folder}/{'x' * 300}"))
        done = host.tool("backup")
        assert (done.returncode, watcher.paths) == (1, ["/fail"])
        (one,) = facts(seen)
        assert (one["EVENT"], one["EXIT_CODE"]) == ("failed", "1")
        assert one["ERROR"].endswith("File name too long")
        assert watcher.told[0][1].startswith(f"{one['ERROR']}\nhint: set state_dir to a folder that")


class TestHooks:
    def test_before_and_after_see_what_was_made(self, host: Host) -> None:
        seen, begin = hooks(host, "before", "after", "failed"), time.monotonic()
        host.ok("backup")
        before, after = facts(seen)
        assert before == {"PLAN": "broker", "EVENT": "before"}
        assert int(after.pop("SECONDS")) <= time.monotonic() - begin + 1  # rounded
        size = str(host.bundle().stat().st_size)
        assert after == {
            "PLAN": "broker", "EVENT": "after", "EXIT_CODE": "0", "BACKUP": host.bundle().name, "SIZE": size,
            "STORES": str(host.store),
        }  # fmt: skip

    def test_failed_sees_why(self, host: Host) -> None:
        seen = hooks(host, "after", "failed")
        (host.folder / "passphrase.txt").unlink()
        done = host.tool("backup")
        (one,) = facts(seen)
        assert done.returncode == 2
        assert (one["EVENT"], one["EXIT_CODE"], "BACKUP" in one) == ("failed", "2", False)
        assert done.stderr.splitlines()[0] == f"backuptool: {one['ERROR']}"

    def test_failed_sees_the_stores_that_have_it(self, host: Host) -> None:
        seen = hooks(host, "failed")
        stored_in(host, Path("/proc/none/there"))
        assert host.tool("backup").returncode == 3
        (one,) = facts(seen)
        assert (one["EXIT_CODE"], one["STORES"], one["BACKUP"]) == ("3", str(host.store), host.bundle().name)

    def test_a_before_that_fails_keeps_the_backup_from_being_made(self, host: Host) -> None:
        seen = hooks(host, "before", "failed", script="echo not mounted >&2; exit 32")
        done = host.tool("backup")
        assert done.returncode == 1
        lines = done.stderr.splitlines()
        assert lines[0] == "backuptool: hooks.failed of broker: sh ended with exit code 32: not mounted"
        assert lines[1] == "backuptool: hooks.before of broker: sh ended with exit code 32: not mounted"
        assert not host.store.exists()
        assert [one["EVENT"] for one in facts(seen)] == ["before", "failed"]

    def test_an_after_that_fails_is_a_warning(self, host: Host) -> None:
        hooks(host, "after", script="exit 9")
        done = host.tool("backup")
        assert (done.returncode, done.stderr) == (0, "backuptool: hooks.after of broker: sh ended with exit code 9\n")

    def test_one_that_hangs_is_ended_and_hides_nothing(self, host: Host) -> None:
        hooks(host, "after", script="sleep 1000", timeout="0.5")
        done = host.tool("backup", "--json")
        assert (done.returncode, "hooks.after of broker: sh was ended after 0.5 s" in done.stderr) == (0, True)
        assert json.loads(done.stdout)[0]["backup"] == host.bundle().name

    def test_one_plans_hook_does_not_stop_the_next_plan(self, host: Host) -> None:
        text = host.config.read_text()
        host.config.write_text(text + text[text.index("[plans.broker]") :].replace("plans.broker", "plans.zoo"))
        hooks(host, "before", script="exit 1")
        done = host.tool("backup")
        assert done.returncode == 3, done.stderr
        assert [path.name.partition("_")[0] for path in host.store.iterdir()] == ["zoo"]

    def test_a_signal_is_told_too(self, host: Host) -> None:
        ready = host.folder / "ready"
        os.mkfifo(ready)
        argv = json.dumps(["sh", "-c", f'echo > "{ready}"; sleep 1000'])
        seen = hooks(host, "failed")
        host.config.write_text(host.config.read_text().replace("hooks = {", f"hooks = {{ before = {argv},"))
        tool = [*QUICK, "--config", str(host.config), "backup"]
        with subprocess.Popen(tool, stderr=subprocess.DEVNULL) as process:
            ready.read_text()
            process.send_signal(signal.SIGTERM)
            assert process.wait() == 128 + signal.SIGTERM
        (one,) = facts(seen)
        assert (one["EXIT_CODE"], one["ERROR"]) == ("143", "interrupted by signal 15")

    def test_what_is_stored_when_a_signal_ends_the_run_stays_and_is_named(self, host: Host) -> None:
        """And nothing that an earlier run stored, under a clock that was ahead."""
        earlier = Entry("2131-01-01T00:00:00+00:00", "broker", "x.tar", "stored", "/disk", "download", 7, 1, "")
        Ledger(host.folder / "state").add(earlier)
        ready = host.folder / "ready"
        os.mkfifo(ready)
        hooks(host, "after", script=f'echo > "{ready}"; sleep 1000')
        tool = [*QUICK, "--config", str(host.config), "backup"]
        with subprocess.Popen(tool, stderr=subprocess.PIPE, text=True) as process:
            ready.read_text()
            process.send_signal(signal.SIGTERM)
            _, said = process.communicate()
        assert process.returncode == 128 + signal.SIGTERM
        stays = [line for line in said.splitlines() if " stays where it is stored: " in line]
        assert stays == [f"backuptool: {host.bundle().name} stays where it is stored: {host.store}"]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('notify = { ping_url = "nonsense-s3cret" }', "notify.ping_url: is no http or https address"),
        ('notify = { ping_url = "https://h/s3cret  # ours" }', "notify.ping_url: is no http or https address"),
        ('notify = { ping_url = "https://x/s3cret", ping_url_file = "/x" }', "ping_url_file: not beside ping_url"),
        ('notify = { pnig_url = "https://x/s3cret" }', "notify.pnig_url: unknown key; did you mean ping_url?"),
        ("hooks = { befor = [] }", "hooks.befor: unknown key; did you mean before?"),
        ('hooks = { before = "mount /mnt" }', "hooks.before: "),
        ('hooks = { before = [""] }', "hooks.before.0: "),
        ("hooks = { timeout = 0 }", "hooks.timeout: "),
    ],
)
def test_a_mistake_in_them_is_named_without_what_was_written(host: Host, line: str, said: str) -> None:
    told(host, line)
    done = host.tool("list")
    assert (done.returncode, said in done.stderr, "s3cret" in done.stderr) == (2, True, False), done.stderr


def test_only_a_backup_tells_anybody(host: Host, watcher: Pinged) -> None:
    """As docs/configuration.md has it."""
    host.ok("backup")
    told(host, f'notify = {{ ping_url = "{watcher.url}" }}')
    seen = hooks(host, "before", "after", "failed")
    for words in (("verify",), ("list",), ("check",), ("drill",)):
        host.ok(*words)
    assert (watcher.told, seen.exists()) == ([], False)
