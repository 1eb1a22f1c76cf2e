"""The one-file tool for hosts without pip (shiv).

Compiled parts bind each file to a Python minor version and to a kind of machine. pip picks the wheels for that version
whatever Python it runs on, so one machine builds both files.
"""

from __future__ import annotations

import json
import os
import platform
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path, PurePath
from tempfile import TemporaryDirectory

from release.installed import forget_origin, unlist
from release.refused import Refused

VERSIONS = {"py311": "3.11", "py313": "3.13"}  # Debian 12's and 13's
BLOCK = 4096  # what a file takes on a disk beyond its bytes, at most


def build_pyz(wheel: Path, tag: str, out: Path, epoch: str) -> Path:
    """`out`/backuptool-TAG.pyz with the wheel and all it needs. Raises Refused."""
    dotted = VERSIONS[tag]
    path = out / f"backuptool-{tag}.pyz"
    with TemporaryDirectory(prefix="backuptool-pyz-") as folder:
        site, packed = Path(folder) / "site", Path(folder) / path.name
        _run(
            "pip", "install", "--quiet", "--disable-pip-version-check", "--target", str(site), "--no-compile",
            "--python-version", dotted, "--only-binary=:all:", str(wheel),
        )  # fmt: skip
        forget_origin(site)
        forget_scripts(site)
        _run(
            "shiv", "--site-packages", str(site), "--console-script", "backuptool", "--python", "/usr/bin/env python3",
            "--reproducible", "--compressed", "--output-file", str(packed), epoch=epoch,
        )  # fmt: skip
        start_first(packed, path, tag)
    return path


def forget_scripts(site: Path) -> None:
    """Remove what pip put into bin/: scripts that name the Python of the machine that builds."""
    shutil.rmtree(site / "bin")
    for record in site.rglob("RECORD"):
        unlist(record, "../../bin/")


def start_first(packed: Path, path: Path, tag: str, machine: str = platform.machine()) -> None:
    """Write shiv's file `packed` to `path` with start.py before all else; a preamble of shiv's runs too late."""
    start = (Path(__file__).parent / "start.py").read_text(encoding="ascii")
    with zipfile.ZipFile(packed) as old, path.open("wb") as file:
        file.write(packed.read_bytes().partition(b"\n")[0] + b"\n")  # #!
        build = json.loads(old.read("environment.json"))["build_id"]
        size = sum(entry.file_size + BLOCK for entry in old.infolist())
        needs = inodes(old.namelist())
        call = f"\nstart({tag!r}, {VERSIONS!r}, {machine!r}, {build!r}, {size}, {needs})\n"
        with zipfile.ZipFile(file, "w") as new:
            for entry in old.infolist():
                text = old.read(entry)
                new.writestr(entry, start.encode() + call.encode() + text if entry.filename == "__main__.py" else text)
    path.chmod(0o755)


def inodes(names: list[str]) -> int:
    """How many these files take on a disk, with the folders they are in."""
    return len({one for name in names for one in (PurePath(name), *PurePath(name).parents)})


def _run(module: str, *words: str, epoch: str = "") -> None:
    environment = {**os.environ, **({"SOURCE_DATE_EPOCH": epoch} if epoch else {})}
    command = [sys.executable, "-m", {"shiv": "shiv.cli"}.get(module, module), *words]
    done = subprocess.run(command, env=environment, umask=0o022, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Refused(f"{module}: {(done.stdout + done.stderr).strip()[-2000:]}")
