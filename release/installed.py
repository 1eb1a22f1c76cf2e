"""The built wheel in an empty environment, and what it does there."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from release.refused import Refused

BARE = {"PATH": "/usr/bin:/bin"}  # as cron starts programs


@dataclass(frozen=True)
class Installed:
    """An environment of its own with the wheel in it."""

    folder: Path

    @property
    def tool(self) -> Path:
        """The command."""
        return self.folder / "bin" / "backuptool"

    @property
    def share(self) -> Path:
        """Where manual page and completions are."""
        return self.folder / "share"

    @property
    def wrapper(self) -> Path:
        """What goes to /etc/cron.daily."""
        (found,) = self.folder.glob("lib/python3*/site-packages/backuptool/data/cron.daily")
        return found

    def pip(self, *words: str) -> None:
        """Run pip for it. Raises Refused."""
        python = str(self.folder / "bin" / "python")
        command = [sys.executable, "-m", "pip", "--python", python, "--quiet", "--disable-pip-version-check", *words]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise Refused(f"pip {words[0]}: {done.stderr.strip()[-2000:]}")

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run the command as cron would."""
        return subprocess.run([str(self.tool), *words], env=BARE, capture_output=True, text=True, check=False, cwd="/")

    def ok(self, *words: str) -> str:
        """Run the command; gives what it prints. Raises Refused when it fails."""
        done = self.run(*words)
        if done.returncode:
            raise Refused(f"the installed `backuptool {' '.join(words)}` ends with {done.returncode}: {done.stderr}")
        return done.stdout


def install(wheel: Path, folder: Path) -> Installed:
    """A new environment with the wheel and what it needs, no extras. Raises Refused."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
    made = Installed(folder)
    made.pip("install", str(wheel))
    forget_origin(folder)
    return made


def forget_origin(folder: Path) -> None:
    """Remove what pip notes of the place a wheel was taken from (PEP 610): a temporary folder of this machine."""
    for path in folder.rglob("direct_url.json"):
        path.unlink()
        unlist(path.with_name("RECORD"), f"/{path.name},")


def unlist(record: Path, part: str) -> None:
    """Leave out of pip's list of files the lines that have `part` in them."""
    lines = record.read_text(encoding="utf-8").splitlines(keepends=True)
    record.write_text("".join(line for line in lines if part not in line), encoding="utf-8")


def check_alone(installed: Installed, says: str, commands: Iterable[str]) -> None:
    """--version `says` what was built, each command has --help, what needs an extra names it. Raises Refused."""
    said = installed.ok("--version").rstrip("\n")
    if said != says:
        raise Refused(f"--version says {said!r}, not {says!r}")
    for command in commands:
        installed.ok(command, "--help")
    demo = installed.run("demo")
    hint = rf"hint: {re.escape(str(installed.folder))}/bin/python[\d.]* -m pip install 'backuptool-pg\[demo\]'"
    if demo.returncode != 1 or demo.stdout or not re.fullmatch(f"backuptool: .*\n{hint}\n", demo.stderr):
        raise Refused(f"`backuptool demo` without its extra does not say what to install: {demo.stdout}{demo.stderr}")


def check_demo(installed: Installed, wheel: Path) -> None:
    """The whole job, with the extra for it. Raises Refused."""
    installed.pip("install", f"{wheel}[demo]")
    if "Every table is the same in all three databases." not in installed.ok("demo"):
        raise Refused("`backuptool demo` does not say that the copies are the same")


def check_share(installed: Installed, share: Path) -> None:
    """Manual page, completions and schema are where man and shells look, as they are in `share`. Raises Refused."""
    for path in share.rglob("*"):
        name = path.relative_to(share)
        if path.is_dir():
            continue
        if not (installed.share / name).exists():
            raise Refused(f"share/{name} is not installed")
        if (installed.share / name).read_bytes() != path.read_bytes():
            raise Refused(f"share/{name} is not what was committed")
