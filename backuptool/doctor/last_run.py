"""How the service went last, or that it is under way, as far as systemd knows."""

from __future__ import annotations

import signal
from pathlib import Path

from backuptool.doctor.check import Doubt
from backuptool.errors import CommandFailed, SourceError
from backuptool.shells.local import Local
from backuptool.shells.stream import output

SHOWN = (
    "systemctl",
    "show",
    "backuptool.service",
    "--property=ActiveState,ExecMainStartTimestamp,ExecMainExitTimestamp,ExecMainCode,ExecMainStatus",
    "--timestamp=utc",
)
EXITED = "1"  # waitid(2): CLD_EXITED; with any other the status is a signal


def last_run(root: Path) -> str:
    """When systemd ran the service last; empty where it does not say. Raises Doubt when it did not end with 0."""
    facts = _shown(root)
    if not facts:
        return ""
    if facts.get("ActiveState") == "activating":
        return f", under way since {facts.get('ExecMainStartTimestamp', '?')}"
    when, status = facts.get("ExecMainExitTimestamp", ""), facts.get("ExecMainStatus", "?")
    if when and status not in {"0", "?"}:
        how = f"ended with exit code {status}" if facts.get("ExecMainCode") == EXITED else _signalled(status)
        raise Doubt(
            f"systemd: backuptool.timer, but the last run {when} {how}",
            hint="journalctl -u backuptool.service has what it said",
        )
    return f", last run {when} with exit code {status}" if when else ", not run yet"


def _shown(root: Path) -> dict[str, str]:
    """What systemd says of the service; nothing where the host at `root` is not run by it."""
    if not (root / "run/systemd/system").is_dir():
        return {}
    try:
        told = output(Local().command(*SHOWN)).decode(errors="replace")
    except (CommandFailed, SourceError):
        return {}
    return dict(line.split("=", 1) for line in told.splitlines() if "=" in line)


def _signalled(number: str) -> str:
    try:
        return f"was ended by {signal.Signals(int(number)).name}"
    except ValueError:
        return f"was ended by signal {number}"
