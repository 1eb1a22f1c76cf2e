"""What the one-file tool installs for the night is that file, where it is, and runs where there is no home."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.cli.installing import SERVICE, UNITS, WRAPPER, files
from tests.cli.test_round_trip import Host

TOP = Path(__file__).parents[2]
# A zip with a `__main__.py`, as shiv makes them: it does not care where it is, and unpacks itself into SHIV_ROOT.
PYZ = """\
import os, sys
{more}
os.makedirs(os.environ.get("SHIV_ROOT") or os.path.expanduser("~/.shiv"), exist_ok=True)
sys.path[1:1] = {path}
from backuptool.cli import main
sys.exit(main())
"""


@dataclass
class OneFile:
    """The tool as one file, started by its name from the folder where it is."""

    host: Host
    root: Path
    path: Path

    def install(self, what: str) -> subprocess.CompletedProcess[str]:
        argv = [sys.executable, self.path.name, "--config", str(self.host.config), "install", what]
        environment = {"PATH": os.environ["PATH"], "HOME": str(self.host.folder)}
        argv += ["--root", str(self.root)]
        return subprocess.run(argv, cwd=self.path.parent, env=environment, capture_output=True, text=True, check=False)


@pytest.fixture
def root(host: Host) -> Path:
    """A host's file system, as far as anything is written to it."""
    for folder in ("root/etc/cron.daily", "root/usr/sbin/cron", f"root/{UNITS}", "state"):
        (host.folder / folder).mkdir(parents=True)
    return host.folder / "root"


@pytest.fixture
def one_file(host: Host, root: Path) -> Callable[..., OneFile]:
    """Makes one; `more`: what it does first."""

    def make(more: str = "") -> OneFile:
        path = host.folder / "one file" / "backuptool.pyz"
        path.parent.mkdir()
        with zipfile.ZipFile(path, "w") as file:
            file.writestr("__main__.py", PYZ.format(more=more, path=[str(TOP), *(one for one in sys.path if one)]))
        return OneFile(host, root, path)

    return make


MakeOneFile = Callable[..., OneFile]


def test_crons_wrapper_runs_the_file_where_it_is_and_without_a_home(
    host: Host, root: Path, one_file: MakeOneFile
) -> None:
    done = one_file().install("cron")
    assert (done.returncode, done.stderr) == (0, "")
    done = subprocess.run([root / WRAPPER], env={}, cwd="/", capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert host.bundle()
    assert (host.folder / "state" / "pyz").is_dir()


@pytest.mark.needs("systemd-analyze")
def test_the_unit_runs_it_and_lets_it_unpack_itself_where_it_may_write(
    host: Host, root: Path, one_file: MakeOneFile
) -> None:
    made = one_file()
    done = made.install("systemd")
    assert (done.returncode, done.stderr) == (0, "")
    (start,) = re.findall(r"^ExecStart=(.*)$", (root / SERVICE).read_text(), re.MULTILINE)
    words = shlex.split(start)
    assert words[:4] == ["/usr/bin/env", f"SHIV_ROOT={host.folder}/state/pyz", sys.executable, str(made.path)]
    done = subprocess.run(words, env={"PATH": "/usr/bin:/bin"}, cwd="/", capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert host.bundle()


@pytest.mark.parametrize("what", ["cron", pytest.param("systemd", marks=pytest.mark.needs("systemd-analyze"))])
def test_one_that_would_not_run_at_night_is_not_installed(root: Path, one_file: MakeOneFile, what: str) -> None:
    done = one_file('if "HOME" not in os.environ: sys.exit("there is no home here")').install(what)
    lines = done.stderr.splitlines()
    assert (done.returncode, len(lines), files(root)) == (1, 2, set()), done.stderr
    assert lines[0] == "backuptool: this tool does not run as cron would start it: there is no home here"
    assert lines[1].startswith("hint: see for yourself: env -i PATH=/usr/bin:/bin /usr/bin/env SHIV_ROOT=")
