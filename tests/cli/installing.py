"""What `install` writes into a folder that stands for /."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from tests.cli.test_round_trip import Host

WRAPPER, UNITS = "etc/cron.daily/backuptool", "etc/systemd/system"


SERVICE, TIMER = f"{UNITS}/backuptool.service", f"{UNITS}/backuptool.timer"


NO_UTF8 = os.fsdecode(b"caf\xe9.toml")


def tool(host: Host, root: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return host.tool(*words, "--root", str(root))


def ok(host: Host, root: Path, *words: str) -> str:
    done = tool(host, root, *words)
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    return done.stdout


def files(root: Path) -> set[str]:
    return {str(path.relative_to(root)) for path in root.rglob("*") if not path.is_dir()}
