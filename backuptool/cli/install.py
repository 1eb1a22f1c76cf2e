"""`backuptool install` and `uninstall`: the nightly run, by cron or by systemd."""

from __future__ import annotations

import argparse
import logging
import re
import shlex
from pathlib import Path

from backuptool.cli.streams import say
from backuptool.config import default_folder
from backuptool.errors import BackuptoolError, UsageError
from backuptool.install import File, Needs, cron, is_there, place, remove, systemd
from backuptool.install.command import check_command, command
from backuptool.install.credentials import credential_file
from backuptool.install.cron import DAEMONS, is_run
from backuptool.install.needs import needs_of, refuse_barred, refuse_missing
from backuptool.install.on_calendar import check_calendar
from backuptool.install.systemctl import TIMER, disable, enable, forget, refuse_without_systemctl
from backuptool.install.systemd import complaints, exposure, refuse_unreadable
from backuptool.nightly import NIGHTLY

log = logging.getLogger("backuptool")
CONFIGURED = re.compile(r" --config ([^$\n]+) backup$", re.MULTILINE)  # in the unit and in cron's wrapper


def install(arguments: argparse.Namespace) -> None:
    """Write what runs all plans every night, or print it. Raises BackuptoolError."""
    config = (arguments.config or default_folder("config") / "config.toml").absolute()
    needs = needs_of(config)  # a configuration that cannot be read would fail every night
    if arguments.what == "cron":
        _cron(arguments, config, needs)
    else:
        _systemd(arguments, config, needs)


def uninstall(arguments: argparse.Namespace) -> None:
    """Remove what `install` wrote, and nothing else. Raises BackuptoolError."""
    nothing = Needs(())
    ours = command(nothing.state)
    kinds = {
        "cron": (cron(ours, Path("/")),),
        "systemd": systemd(ours, Path("/"), nothing, NIGHTLY, arguments.root),
    }
    failed: list[BackuptoolError] = []
    found = False
    for kind in [arguments.what] if arguments.what else kinds:
        try:
            found |= _removed(arguments, kind, kinds[kind])
        except BackuptoolError as error:
            failed.append(error)
    if not found and not failed:
        say("nothing of ours is installed")
    for one in failed[:-1]:
        log.error("%s", one.message)
    if failed:
        raise failed[-1]


def _cron(arguments: argparse.Namespace, config: Path, needs: Needs) -> None:
    _refuse_what_cron_lacks(arguments, needs)
    ours = command(needs.state)
    wrapper = cron(ours, config)
    if _shown(arguments, wrapper):
        return
    check_command(ours)
    _place(arguments, wrapper)
    where = wrapper.under(arguments.root)
    if is_run(where) is False:
        raise BackuptoolError(
            f"run-parts passes over {where}",
            hint=f"run-parts --test {shlex.quote(str(where.parent))} names what it runs",
        )
    say(f"{where} is written: all plans of {config}, every day")
    if not any((arguments.root / daemon).exists() for daemon in DAEMONS):
        log.warning("no cron is installed that would run it: apt install cron, or: backuptool install systemd")
    _warn_of_another(arguments, Path("/etc/systemd/system") / TIMER)


def _refuse_what_cron_lacks(arguments: argparse.Namespace, needs: Needs) -> None:
    if arguments.on_calendar is not None:
        raise UsageError(
            "cron.daily has its own time, --on-calendar is for systemd",
            hint="leave it out, or: backuptool install systemd",
        )
    if needs.credentials:
        names = ", ".join(f"credential:{name}" for name in needs.credentials)
        raise UsageError(
            f"cron hands out no {names}, every night would fail",
            hint="backuptool install systemd, or name files in their place",
        )


def _systemd(arguments: argparse.Namespace, config: Path, needs: Needs) -> None:
    refuse_missing(needs)
    refuse_barred(needs)
    when = NIGHTLY if arguments.on_calendar is None else arguments.on_calendar
    check_calendar(when)
    ours = command(needs.state)
    refuse_unreadable(*ours, str(config))
    units = systemd(ours, config, needs, when, arguments.root)
    if _shown(arguments, *units):
        return
    refuse_without_systemctl()
    check_command(ours)
    for unit in units:
        is_there(unit, arguments.root)  # both before one is written: nothing is half installed
    for unit in units:
        _place(arguments, unit)
    where = [unit.under(arguments.root) for unit in units]
    for line in complaints(*where) or ():
        log.warning("systemd-analyze verify: %s", line)
    enable(arguments.root)
    if needs.hooks:
        log.warning(
            "under the unit's rules hooks can neither mount nor write where it may not: %s", ", ".join(needs.hooks)
        )
    say(*(f"{path} is written" for path in where), f"all plans of {config}, {when}")
    if exposed := exposure(where[0]):
        say(f"exposure of the service by systemd-analyze security (0 is best, 10 worst): {exposed}")
    for name in needs.credentials:
        file = credential_file(name, arguments.root)
        if not File(file, "").under(arguments.root).exists():
            say(f"credential:{name} is read from {file}, which is not there yet (root's, mode 0600)")
    _warn_of_another(arguments, Path("/etc/cron.daily/backuptool"))


def _shown(arguments: argparse.Namespace, *files: File) -> bool:
    """Whether files are only shown, as --dry-run wants it."""
    if arguments.dry_run:
        for file in files:
            say(f"# {file.under(arguments.root)}, mode {file.mode:04o}:", file.content.decode(errors="surrogateescape"))
    return bool(arguments.dry_run)


def _place(arguments: argparse.Namespace, file: File) -> None:
    """Write it; over one of ours that ran another configuration, that is said: nobody runs that one any more."""
    target = file.under(arguments.root)
    before = target.read_bytes().decode(errors="surrogateescape") if is_there(file, arguments.root) else ""
    place(file, arguments.root)
    old, new = CONFIGURED.search(before), CONFIGURED.search(file.text)
    if old and new and old[1] != new[1]:
        log.warning("until now %s ran the plans of %s: nothing runs those any more", target, old[1])


def _warn_of_another(arguments: argparse.Namespace, other: Path) -> None:
    if File(other, "").under(arguments.root).exists():
        kind = "cron" if "cron" in str(other) else "systemd"
        log.warning("%s is there too: two runs a night; backuptool uninstall %s", other, kind)


def _removed(arguments: argparse.Namespace, kind: str, files: tuple[File, ...]) -> bool:
    there = [file for file in files if is_there(file, arguments.root)]  # all of them: nothing is half removed
    if arguments.dry_run:
        say(*(f"would remove {shlex.quote(str(file.under(arguments.root)))}" for file in there)) if there else None
        return bool(there)
    if kind == "systemd" and there:
        disable(arguments.root)
    for file in there:
        remove(file, arguments.root)
        say(f"{file.under(arguments.root)} is removed")
    if kind == "systemd" and there:
        forget(arguments.root)
    return bool(there)
