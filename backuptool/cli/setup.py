"""The commands that set a host up and look whether all is well: their arguments and options."""

from __future__ import annotations

import argparse
from pathlib import Path

from backuptool.cli import options
from backuptool.nightly import NIGHTLY


def init(commands: options.Commands[argparse.ArgumentParser]) -> None:
    """`backuptool init`."""
    command = options.new(commands, "init", "write a first configuration, asking a few questions, then run doctor")
    text = "read all of it out of the script that made the backups so far, which is not run; it must set COMPOSE_FILE, "
    text += "LOCAL_BACKUP_DIR, REMOTE_BACKUP_URL, CURL_CONF and PASSPHRASE_FILE as plain values"
    command.add_argument("--from-sop", metavar="SCRIPT", type=Path, help=text)
    command.set_defaults(quiet=True)
    _root(command)


def doctor(commands: options.Commands[argparse.ArgumentParser]) -> None:
    """`backuptool doctor`."""
    command = options.new(commands, "doctor", "look at everything that a run will need, before it needs it")
    options.plans(command)
    options.json(command)
    command.set_defaults(quiet=True)
    _root(command)


def install(commands: options.Commands[argparse.ArgumentParser]) -> None:
    """`backuptool install`."""
    command = options.new(commands, "install", "let cron or systemd run all plans every night")
    command.add_argument("what", choices=("cron", "systemd"), help="/etc/cron.daily, or a service and its timer")
    text = f"systemd: when, as systemd.time(7) has it; default: {NIGHTLY}, and up to an hour later"
    command.add_argument("--on-calendar", metavar="WHEN", help=text)
    command.add_argument("--dry-run", action="store_true", help="print what would be written")
    _root(command)


def uninstall(commands: options.Commands[argparse.ArgumentParser]) -> None:
    """`backuptool uninstall`."""
    command = options.new(commands, "uninstall", "remove what install wrote, and nothing that was changed since")
    command.add_argument("what", nargs="?", choices=("cron", "systemd"), help="default: both")
    command.add_argument("--dry-run", action="store_true", help="print what would be removed")
    _root(command)


def _root(command: argparse.ArgumentParser) -> None:
    """Another folder in the place of /, as systemctl --root: for images, and for tests."""
    command.add_argument("--root", metavar="DIR", type=Path, default=Path("/"), help=argparse.SUPPRESS)
