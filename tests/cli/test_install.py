"""What is installed is ours alone, is written whole, and is taken away again."""

from __future__ import annotations

from pathlib import Path

import pytest

from backuptool.errors import BackuptoolError
from backuptool.install import File, place
from tests.cli.installing import SERVICE, UNITS, WRAPPER, files, ok, tool
from tests.cli.test_round_trip import Host


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
