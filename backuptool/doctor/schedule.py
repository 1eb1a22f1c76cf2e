"""Whether something runs the plans by itself, and how it went last, as far as systemd knows."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from backuptool.doctor.check import Doubt
from backuptool.errors import CommandFailed, SourceError
from backuptool.shells.local import Local
from backuptool.shells.stream import output

BY_RUN_PARTS = ("etc/cron.hourly", "etc/cron.daily", "etc/cron.weekly", "etc/cron.monthly")
CRONTABS = ("etc/cron.d", "var/spool/cron/crontabs", "var/spool/cron")
DAEMONS = ("usr/sbin/cron", "usr/sbin/crond", "usr/sbin/anacron", "usr/bin/crond", "lib/systemd/system/cron.service")
TIMER = "etc/systemd/system/timers.target.wants/backuptool.timer"
SHOWN = (
    "systemctl",
    "show",
    "backuptool.service",
    "--property=ExecMainExitTimestamp,ExecMainStatus",
    "--timestamp=utc",
)


def schedule(root: Path) -> str:
    """What runs the plans on the host whose file system is at `root`. Raises Doubt when nothing does."""
    jobs = [*_jobs(root)]
    found = [f"cron: {path}" for path in jobs]
    if (root / TIMER).exists():
        found.append(f"systemd: backuptool.timer{_last(root)}")
    if not found:
        raise Doubt("nothing runs the plans every night", hint="backuptool install cron, or: install systemd")
    if jobs and not any((root / daemon).exists() for daemon in DAEMONS):
        raise Doubt(f"{found[0]}, but no cron is installed", hint="install cron, or: backuptool install systemd")
    return ", ".join(found)


def _jobs(root: Path) -> Iterator[Path]:
    """Files of cron's that name this tool. Raises Doubt for one that cron passes over."""
    for folder in BY_RUN_PARTS:
        for file in _naming_us(root / folder):
            if "." in file.name:
                raise Doubt(f"cron passes over {file}: there is a dot in its name", hint="rename it")
            if not os.access(file, os.X_OK):
                raise Doubt(f"cron passes over {file}: it is not executable", hint=f"chmod 755 {file}")
            yield file
    for folder in CRONTABS:
        yield from _naming_us(root / folder)
    yield from (file for file in [root / "etc/crontab"] if _names_us(file))


def _naming_us(folder: Path) -> list[Path]:
    return sorted(file for file in folder.glob("*") if _names_us(file)) if folder.is_dir() else []


def _names_us(file: Path) -> bool:
    try:
        return file.is_file() and b"backuptool" in file.read_bytes()
    except OSError:  # another user's
        return False


def _last(root: Path) -> str:
    """When systemd ran the service last, and how that ended; empty where it does not say."""
    if not (root / "run/systemd/system").is_dir():
        return ""
    try:
        told = output(Local().command(*SHOWN)).decode(errors="replace")
    except (CommandFailed, SourceError):
        return ""
    facts = dict(line.split("=", 1) for line in told.splitlines() if "=" in line)
    when = facts.get("ExecMainExitTimestamp", "")
    return f", last run {when} with exit code {facts.get('ExecMainStatus', '?')}" if when else ", not run yet"
