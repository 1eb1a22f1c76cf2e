"""Whether something runs the plans by itself."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

from backuptool.doctor.check import Doubt
from backuptool.doctor.last_run import last_run
from backuptool.install.cron import DAEMONS

BY_RUN_PARTS = ("etc/cron.hourly", "etc/cron.daily", "etc/cron.weekly", "etc/cron.monthly")
CRON_D = "etc/cron.d"
CRONTABS = ("etc/crontab", "var/spool/cron/crontabs/*", "var/spool/cron/*")
TIMER = "etc/systemd/system/timers.target.wants/backuptool.timer"
# A script may name the tool in one line and run it in another; a crontab has a job a line.
IN_A_SCRIPT = re.compile(r"backuptool.*?\sbackup(?![^\s;&|>)])", re.DOTALL)
IN_A_LINE = re.compile(r"backuptool.*?\sbackup(?![^\s;&|>)])")
# A table that is not one user's: crontab(5) on Debian, the sixth field.
WITH_USER = re.compile(
    rf"^[ \t]*(?:@\w+|[^\s@]\S*(?:[ \t]+\S+){{4}})[ \t]+[^\s/]+[ \t].*{IN_A_LINE.pattern}", re.MULTILINE
)
COMMENT = re.compile(r"(^|\s)#.*", re.MULTILINE)
NAME = re.compile(r"[A-Za-z0-9_-]+")  # run-parts(8), cron(8): those that package managers leave have dots


def schedule(root: Path) -> str:
    """What runs the plans on the host whose file system is at `root`. Raises Doubt when nothing does, or it failed."""
    jobs: list[Path] = []
    passed_over: list[Doubt] = []
    for file in cron_jobs(root):
        why = _passed_over(file)
        passed_over.append(why) if why else jobs.append(file)
    timer = enabled(root)
    if not jobs and not timer:
        raise next(iter(passed_over), Doubt("nothing runs the plans every night",
                                            hint="backuptool install cron, or: install systemd"))  # fmt: skip
    found = [f"cron: {path}" for path in jobs]
    if timer:
        found.append(f"systemd: backuptool.timer{last_run(root)}")
    if jobs and not any((root / daemon).exists() for daemon in DAEMONS):
        raise Doubt(f"{found[0]}, but no cron is installed", hint="install cron, or: backuptool install systemd")
    return ", ".join(found)


def enabled(root: Path) -> bool:
    """Whether the timer is enabled on the host at `root`, and is there: the link is of that host, not of this one."""
    link = root / TIMER
    if link.is_symlink() and link.readlink().is_absolute():
        link = root / link.readlink().relative_to("/")
    return link.exists()


def cron_jobs(root: Path) -> Iterator[Path]:
    """Files of cron's in which this tool makes backups."""
    for folder in BY_RUN_PARTS:
        yield from (file for file in sorted((root / folder).glob("*")) if _makes_backups(file, IN_A_SCRIPT))
    for pattern in (f"{CRON_D}/*", *CRONTABS):
        yield from (file for file in sorted(root.glob(pattern)) if _makes_backups(file, IN_A_LINE))


def _makes_backups(file: Path, job: re.Pattern[str]) -> bool:
    try:
        text = file.read_text(encoding="utf-8", errors="replace") if file.is_file() else ""
    except OSError:  # another user's
        return False
    return job.search(COMMENT.sub("", text.replace("\\\n", " "))) is not None


def _passed_over(file: Path) -> Doubt | None:
    """Why cron does not run what is in `file`; None where it does."""
    folder, name = file.parent.name, shlex.quote(str(file))
    if file.match("etc/crontab"):
        return _without_user(file)
    if not folder.startswith("cron."):
        return None
    if NAME.fullmatch(file.name) is None:
        what = "there is a dot in its name" if "." in file.name else "its name has more than letters, digits, _ and -"
        return _doubt(file, what, "rename it")
    if folder == "cron.d":
        return _of_a_table(file, name) or _without_user(file)
    return None if os.access(file, os.X_OK) else _doubt(file, "it is not executable", f"chmod 755 {name}")


def _of_a_table(file: Path, name: str) -> Doubt | None:
    if file.stat().st_mode & 0o022:
        return _doubt(file, "others may write it", f"chmod go-w {name}")
    ended = file.read_bytes().endswith(b"\n")
    return None if ended else _doubt(file, "no newline ends its last line", f"echo >> {name}")


def _without_user(file: Path) -> Doubt | None:
    if _makes_backups(file, WITH_USER):
        return None
    return _doubt(file, "no user stands before the command", "write root there, between the times and the command")


def _doubt(file: Path, what: str, hint: str) -> Doubt:
    return Doubt(f"cron passes over {file}: {what}", hint=hint)
