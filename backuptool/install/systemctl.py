"""systemd is told of the timer: to run it, to run it no more, to forget it."""

from __future__ import annotations

from pathlib import Path

from backuptool.errors import UsageError
from backuptool.install.programs import said

SERVICE, TIMER = "backuptool.service", "backuptool.timer"
BOOTED = Path("/run/systemd/system")  # sd_booted(3)
NO_SYSTEMCTL, ELSE_CRON = "there is no systemctl", "is this host run by systemd? else: install cron"


def refuse_without_systemctl() -> None:
    """Raises UsageError before anything is written that nothing here could enable."""
    if said("systemctl", "--version") is None:
        raise UsageError(NO_SYSTEMCTL, hint=ELSE_CRON)


def enable(root: Path, booted: Path = BOOTED) -> None:
    """Enable the timer of the host at `root`, and start it where that is run by systemd. Raises UsageError."""
    if _runs(root, booted):
        _must("daemon-reload")
        _must("enable", "--now", TIMER)
    else:
        _must(f"--root={root}", "enable", TIMER)


def disable(root: Path, booted: Path = BOOTED) -> None:
    """The opposite, while its files are still there. Raises UsageError."""
    if _runs(root, booted):
        _must("disable", "--now", TIMER)
        # When it fired last: a timer that is installed later on would make up for the nights in between.
        said("systemctl", "clean", "--what=state", TIMER)
    else:
        _must(f"--root={root}", "disable", TIMER)


def forget(root: Path, booted: Path = BOOTED) -> None:
    """When the files are gone: a run that failed would be among the failed units until the next boot."""
    if _runs(root, booted):
        _must("daemon-reload")
        said("systemctl", "reset-failed", SERVICE)  # is refused for one that is not known any more


def _runs(root: Path, booted: Path) -> bool:
    return root == Path("/") and booted.is_dir()


def _must(*words: str) -> None:
    answer = said("systemctl", *words)
    if answer is None or answer[0] != 0:
        why = answer[1] if answer else NO_SYSTEMCTL
        raise UsageError(f"systemctl {' '.join(words)}: {why}", hint=ELSE_CRON)
