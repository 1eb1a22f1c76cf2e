"""What all plans need of this host: a configuration that only its owner can change, the stock programs, a schedule."""

from __future__ import annotations

import os
import platform
import shlex
import stat
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from backuptool import __version__
from backuptool.config import Plan
from backuptool.doctor.check import Check, Doubt
from backuptool.doctor.night import doubt_programs, doubt_variables
from backuptool.doctor.schedule import schedule
from backuptool.doctor.unit import unit
from backuptool.doctor.wrapper import doubt_wrapper
from backuptool.errors import BackuptoolError, SourceError
from backuptool.ledger import Ledger
from backuptool.shells.local import Local
from backuptool.shells.stream import output
from backuptool.sop import BEYOND
from backuptool.stock import openssl_version

OTHERS_WRITE = stat.S_IWGRP | stat.S_IWOTH


@dataclass(frozen=True, slots=True)
class Host:
    """The file of the configuration (None: the old procedure's variables), its plans, what stands for /."""

    config: Path | None
    plans: Sequence[Plan]
    root: Path = Path("/")


def _version(_: Host) -> str:
    return f"{__version__}, on Python {platform.python_version()}"


def _configuration(host: Host) -> str:
    """Who may change it commands whoever runs this."""
    if host.config is None:
        return f"the variables of the old procedure; for other keys, {BEYOND}"
    path = host.config.resolve()
    for place in (path, path.parent):
        status = place.stat()
        if status.st_uid not in {0, os.geteuid()}:
            raise BackuptoolError(f"{place} belongs to another user", hint=f"chown root {shlex.quote(str(place))}")
        if status.st_mode & OTHERS_WRITE and not status.st_mode & stat.S_ISVTX:
            raise BackuptoolError(f"others may write {place}", hint=f"chmod go-w {shlex.quote(str(place))}")
    if path.stat().st_mode & stat.S_IROTH and any(plan.notify.ping_url for plan in host.plans):
        raise Doubt(f"everybody may read {path}, and a ping_url is in it", hint=f"chmod 600 {shlex.quote(str(path))}")
    return str(host.config)


def _tar(_: Host) -> str:
    version = output(Local().command("tar", "--version")).decode(errors="replace").partition("\n")[0]
    if "GNU tar" not in version:
        raise BackuptoolError(f"tar is {version}, not GNU tar", hint="install GNU tar")
    return version


def _openssl(_: Host) -> str:
    found = openssl_version()
    if not found:
        raise Doubt("openssl: not found", hint="install it: drills and a restore by hand need it, backups do not")
    return found.partition(" (")[0]


def _ssh_keygen(host: Host) -> str | None:
    if not any(plan.signing_key or plan.signers for plan in host.plans):
        return None
    try:
        found = output(Local().command("sh", "-c", "command -v ssh-keygen"))
    except SourceError:
        raise BackuptoolError("ssh-keygen: not found", hint="install openssh-client: it signs and checks") from None
    return found.decode(errors="replace").strip()


def _schedule(host: Host) -> str:
    """What runs the plans; and by the ledger whether it did."""
    said = schedule(host.root)
    doubt_wrapper(host.root, host.config)
    last = {plan.name: Ledger(plan.state_dir).last(plan.name) for plan in host.plans}
    for plan in host.plans:
        entry = last[plan.name]
        if entry and datetime.now(UTC) - datetime.fromisoformat(entry.at) > plan.check.max_age:
            raise Doubt(
                f"{said}, but the last backup of {plan.name} is of {entry.at[:16]}Z",
                hint="look at what cron mailed, or the journal has; or set check.max_age to what is usual",
            )
    made = [f"{name} last at {entry.at[:16]}Z" for name, entry in last.items() if entry]
    return "; ".join([said, *made])


def _environment(host: Host) -> None:
    doubt_variables(host.config, host.plans)


def _path(host: Host) -> None:
    doubt_programs(host.plans)


def _unit(host: Host) -> str | None:
    return unit(host.root, host.config)


HOST: tuple[Check[Host], ...] = (
    Check("backuptool", _version),
    Check("configuration", _configuration),
    Check("tar", _tar),
    Check("openssl", _openssl),
    Check("ssh-keygen", _ssh_keygen),
    Check("environment", _environment),
    Check("path", _path),
    Check("schedule", _schedule),
    Check("unit", _unit),
)
