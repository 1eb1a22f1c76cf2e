"""The one-file tool for hosts without pip (shiv); compiled parts bind each file to a Python minor version.

pip picks the wheels for that version on any host, so one machine builds both files.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from release.installed import forget_origin
from release.refused import Refused

VERSIONS = {"py311": "3.11", "py313": "3.13"}  # Debian 12's and 13's
# Runs before anything compiled is imported: another Python gets one line in place of a traceback.
PREAMBLE = """\
import sys
if sys.version_info[:2] != ({version}):
    here = "%d.%d" % sys.version_info[:2]
    sys.exit("backuptool: this file is for Python {dotted}, this is Python " + here
             + "\\nhint: take the file for Python " + here + ", or install with pip")
"""


def build_pyz(wheel: Path, tag: str, out: Path, epoch: str) -> Path:
    """`out`/backuptool-TAG.pyz with the wheel and all it needs. Raises Refused."""
    dotted = VERSIONS[tag]
    path = out / f"backuptool-{tag}.pyz"
    with TemporaryDirectory(prefix="backuptool-pyz-") as folder:
        site, preamble = Path(folder) / "site", Path(folder) / "preamble.py"
        _run(
            "pip", "install", "--quiet", "--disable-pip-version-check", "--target", str(site), "--no-compile",
            "--python-version", dotted, "--only-binary=:all:", str(wheel),
        )  # fmt: skip
        shutil.rmtree(site / "bin")  # scripts that name the Python of the machine that builds
        forget_origin(site)
        preamble.write_text(PREAMBLE.format(version=dotted.replace(".", ", "), dotted=dotted), encoding="ascii")
        _run(
            "shiv", "--site-packages", str(site), "--console-script", "backuptool", "--python", "/usr/bin/env python3",
            "--preamble", str(preamble), "--reproducible", "--compressed", "--output-file", str(path), epoch=epoch,
        )  # fmt: skip
    return path


def _run(module: str, *words: str, epoch: str = "") -> None:
    environment = {**os.environ, **({"SOURCE_DATE_EPOCH": epoch} if epoch else {})}
    command = [sys.executable, "-m", {"shiv": "shiv.cli"}.get(module, module), *words]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Refused(f"{module}: {(done.stdout + done.stderr).strip()[-2000:]}")
