"""Which configuration is meant: --config, the old procedure's variables, the default file."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.config.sample import GOOD
from tests.test_sop import SOP

# As whom the default file is looked for must not depend on who runs the tests.
MAIN = """
import os, sys
from backuptool.cli import main
os.geteuid = lambda: 1000
sys.exit(main(sys.argv[1:]))
"""


def tool(home: Path, *words: str, **more: str) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": os.environ["PATH"], "HOME": str(home), **more}
    argv = [sys.executable, "-c", MAIN, *words]
    return subprocess.run(argv, env=environment, cwd=home, capture_output=True, text=True, check=False)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """With a default configuration."""
    (tmp_path / "store").mkdir()
    (tmp_path / ".config" / "backuptool").mkdir(parents=True)
    text = GOOD.replace("/var/backups", str(tmp_path / "store"))
    (tmp_path / ".config" / "backuptool" / "config.toml").write_text(text)
    return tmp_path


@pytest.mark.parametrize("name", ["PASSPHRASE_FILE", "COMPOSE_FILE"])
def test_a_variable_that_others_use_too_changes_nothing(home: Path, name: str) -> None:
    done = tool(home, "list", **{name: "/x"})
    assert (done.returncode, done.stdout) == (0, f"{home}/store: no backups of broker\n")


def test_the_old_procedures_variables_win_over_the_default_file_and_v_says_so(home: Path) -> None:
    done = tool(home, "-v", "list", "broker", **SOP)
    assert (done.returncode, "there is no plan 'broker'" in done.stderr) == (2, True)
    assert f"so {home}/.config/backuptool/config.toml is not read" in done.stderr
    assert "is not read" not in tool(home, "list", "broker", **SOP).stderr
    (home / ".config" / "backuptool" / "config.toml").unlink()
    assert "is not read" not in tool(home, "-v", "list", "broker", **SOP).stderr


def test_where_the_variables_are_all_there_is_it_is_said_how_a_key_is_had(home: Path) -> None:
    """There is no file in which the plan is."""
    hint = "hint: backuptool init --from-sop SCRIPT writes a configuration, read where the variables are not set: "
    done = tool(home, "prune", **SOP)
    assert (done.returncode, hint + "put keep = {" in done.stderr) == (2, True), done.stderr
    assert "hint: put keep = {" in tool(home, "prune").stderr


def test_config_wins_over_the_variables(home: Path) -> None:
    done = tool(home, "--config", str(home / ".config" / "backuptool" / "config.toml"), "list", **SOP)
    assert (done.returncode, done.stdout) == (0, f"{home}/store: no backups of broker\n")


def test_a_folder_in_place_of_the_configuration_is_called_one(home: Path) -> None:
    done = tool(home, "--config", str(home), "list")
    assert done.returncode == 2
    assert done.stderr.startswith(f"backuptool: {home} is a directory\nhint: name the file in it")


def test_help_names_both_default_files() -> None:
    done = subprocess.run([sys.executable, "-m", "backuptool", "--help"], capture_output=True, text=True, check=True)
    words = " ".join(done.stdout.split())
    assert "/etc/backuptool/config.toml for root" in words
    assert "~/.config/backuptool/config.toml" in words
