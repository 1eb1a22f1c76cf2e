"""Cron's wrapper runs one configuration: doctor, asked of another, says that nothing runs that one."""

from __future__ import annotations

from pathlib import Path

import pytest

from backuptool.doctor.check import Doubt, examine
from backuptool.doctor.host import HOST, Host
from backuptool.doctor.schedule import TIMER
from backuptool.doctor.wrapper import doubt_wrapper
from backuptool.install.cron import WRAPPER, cron

ANOTHER = Path("/etc/another 1.toml")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Where `install cron` was run with the usual configuration."""
    installed(tmp_path, cron(("/usr/local/bin/backuptool",), Path("/etc/backuptool/config.toml")).text)
    return tmp_path


def installed(root: Path, text: str, path: str = str(WRAPPER)) -> None:
    file = root / path.lstrip("/")
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    file.chmod(0o755)


def test_a_wrapper_that_runs_another_configuration_is_told(root: Path) -> None:
    with pytest.raises(Doubt) as told:
        doubt_wrapper(root, ANOTHER)
    assert told.value.message == f"{root}{WRAPPER} runs the plans of /etc/backuptool/config.toml, not of {ANOTHER}"
    assert "backuptool --config '/etc/another 1.toml' install cron" in told.value.hint


def test_one_that_runs_this_one_is_none(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    doubt_wrapper(root, Path("/etc/backuptool/config.toml"))
    installed(root, cron(("/opt/backuptool",), ANOTHER).text)
    doubt_wrapper(root, ANOTHER)
    monkeypatch.chdir("/etc")
    doubt_wrapper(root, Path(ANOTHER.name))


def test_one_that_names_this_one_otherwise_is_none(tmp_path: Path) -> None:
    (tmp_path / "linked").symlink_to(tmp_path / "config")
    installed(tmp_path, cron(("/opt/backuptool",), tmp_path / "linked" / "config.toml").text)
    doubt_wrapper(tmp_path, tmp_path / "config" / "config.toml")
    doubt_wrapper(tmp_path, tmp_path / "state" / ".." / "linked" / "config.toml")


@pytest.mark.parametrize("first", ["/etc/backuptool/config.toml", "/etc/one.toml"])
def test_one_that_runs_this_one_beside_another_is_none(root: Path, first: str) -> None:
    """A person has put a line of their own before ours."""
    text = cron(("/opt/backuptool",), ANOTHER).text
    installed(root, text.replace("exec ", f"/opt/backuptool --config {first} backup\nexec "))
    doubt_wrapper(root, ANOTHER)
    doubt_wrapper(root, Path(first))


@pytest.mark.parametrize(
    "text", ["exec backuptool backup\n", 'exec backuptool --config "$CONFIG" backup\n', "exec backuptool 'backup\n"]
)
def test_where_it_is_not_told_which_it_runs_nothing_is_said(root: Path, text: str) -> None:
    installed(root, text)
    doubt_wrapper(root, ANOTHER)


def test_where_something_else_runs_plans_too_or_nothing_does_nothing_is_said(root: Path, tmp_path: Path) -> None:
    installed(root, "exec backuptool backup\n", "etc/cron.daily/own")
    doubt_wrapper(root, ANOTHER)
    doubt_wrapper(tmp_path / "none", ANOTHER)


def test_beside_a_timer_nothing_is_said(root: Path) -> None:
    """It may be what runs this one."""
    (root / TIMER).parent.mkdir(parents=True)
    (root / TIMER).touch()
    doubt_wrapper(root, ANOTHER)


def test_without_a_configuration_nothing_is_said(root: Path) -> None:
    doubt_wrapper(root, None)


def test_doctor_warns_of_it_where_it_tells_the_schedule(root: Path) -> None:
    (root / "usr/sbin").mkdir(parents=True)
    (root / "usr/sbin/cron").touch()
    (found,) = examine([one for one in HOST if one.name == "schedule"], Host(ANOTHER, [], root))
    assert (found.grade, "not of /etc/another 1.toml" in found.found) == ("warning", True)
