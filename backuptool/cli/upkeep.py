"""The commands that look after backups for years: their arguments and options."""

from __future__ import annotations

import argparse

from backuptool.cli import options


def prune(commands: options.Commands[argparse.ArgumentParser]) -> None:
    """`backuptool prune`."""
    text = "remove what the plan's `keep` does not keep; backup does it after each new one"
    command = options.new(commands, "prune", text)
    options.plans(command)
    command.add_argument("--dry-run", action="store_true", help="remove nothing, show what would be and why")
    command.add_argument("--clock-is-right", action="store_true", help="after a long pause: this host's clock is right")
    options.json(command)


def check(commands: options.Commands[argparse.ArgumentParser]) -> None:
    """`backuptool check`."""
    text = "for monitoring: whether the newest backups are there, fresh, as big as usual, in a row"
    command = options.new(commands, "check", text)
    options.plans(command)
    form = command.add_mutually_exclusive_group()
    form.add_argument("--nagios", action="store_true", help="answer as a Nagios plugin: 0, 1, 2, 3, and perfdata")
    text = "how long to wait for the stores together (default: 50; Nagios itself waits for 60)"
    command.add_argument("--timeout", metavar="SECONDS", type=_seconds, default=50, help=text)
    options.json(form)


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0
    if not 1 <= seconds <= 86400:
        raise argparse.ArgumentTypeError(f"must be seconds, from 1 to 86400 (a day): {text}")
    return seconds
