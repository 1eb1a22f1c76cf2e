"""Where configuration and state are by default: root's and everybody else's, as docs/configuration.md has it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.test_readme import CONFIGURATION

PRINTED = """
import os, sys
os.geteuid = lambda: int(sys.argv[1])  # as whom they are looked for must not depend on who runs the tests
from backuptool.config import default_folder
print(default_folder("config"), default_folder("state"))
"""


def folders(user: int, **environment: str) -> str:
    argv = [sys.executable, "-c", PRINTED, str(user)]
    more = {"PATH": os.environ["PATH"], "HOME": "/home/ann", **environment}
    return subprocess.run(argv, env=more, cwd=Path.cwd(), capture_output=True, text=True, check=True).stdout.strip()


@pytest.mark.parametrize(
    ("user", "environment", "meant"),
    [
        (0, {}, "/etc/backuptool /var/lib/backuptool"),
        (0, {"XDG_STATE_HOME": "/x", "XDG_CONFIG_HOME": "/x"}, "/etc/backuptool /var/lib/backuptool"),
        (1000, {}, "/home/ann/.config/backuptool /home/ann/.local/state/backuptool"),
        (1000, {"XDG_STATE_HOME": "/x"}, "/home/ann/.config/backuptool /x/backuptool"),
        (1000, {"XDG_CONFIG_HOME": "/x"}, "/x/backuptool /home/ann/.local/state/backuptool"),
    ],
)
def test_they_are_the_hosts_for_root_and_in_the_home_of_everybody_else(
    user: int, environment: dict[str, str], meant: str
) -> None:
    assert folders(user, **environment) == meant


def test_the_page_names_them() -> None:
    assert (
        "`/etc/backuptool/config.toml` for root, `~/.config/backuptool/config.toml` for everybody else" in CONFIGURATION
    )
    state = "`/var/lib/backuptool` for root, else `~/.local/state/backuptool`, or below `$XDG_STATE_HOME`"
    assert state in CONFIGURATION
