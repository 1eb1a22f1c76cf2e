"""`restore --replace`, `--drop-old`: a database with data gives way, is kept, and is dropped when asked for."""

from __future__ import annotations

import argparse

from backuptool.cli.options import EVERY
from backuptool.cli.place import chosen_server, server_of
from backuptool.cli.selection import missing_configuration, selected
from backuptool.cli.streams import say
from backuptool.errors import UsageError
from backuptool.sources.server import Server
from backuptool.target import Replaced, Replacing, drop_replaced, prepared, replaced

# What says how a backup is loaded has nothing to do with dropping.
OTHERS = ("file", "replace", "force_disconnect", "unauthenticated", "kdf")


def replacing(arguments: argparse.Namespace) -> Replacing | None:
    """What --replace and --force-disconnect ask for. Raises UsageError."""
    if arguments.force_disconnect and not arguments.replace:
        raise UsageError("--force-disconnect goes with --replace only", hint="add --replace, or leave it out")
    return Replacing(force=arguments.force_disconnect) if arguments.replace else None


def refuse_with_passwords(arguments: argparse.Namespace) -> None:
    """Raises UsageError: a database that is replaced is one in use, and who uses it knows the passwords of now."""
    if arguments.replace:
        raise UsageError(
            "--roles-passwords is for a server without any data, and --replace for one that has some",
            hint="leave --roles-passwords out, and set the passwords that you want by hand",
        )


def drop_old(arguments: argparse.Namespace) -> None:
    """Drop the database that is named, or all that restores replaced under the name of the plan's or of --into.

    Says them before the first is dropped. Raises UsageError, SourceError.
    """
    own, name = _named(arguments)
    server = prepared(own)
    chosen = _shown(name, replaced(server, name)) if arguments.drop_old is EVERY else [arguments.drop_old]
    for one in chosen:
        drop_replaced(server, one)
        say(f"dropped {one}")


def _named(arguments: argparse.Namespace) -> tuple[Server, str]:
    """The server, and the name under which something was replaced: after a disaster there is no configuration."""
    alone = arguments.to_shell and not arguments.names and missing_configuration(arguments)
    plan, backup = (None, "latest") if alone else selected(arguments)
    if backup != "latest" or any(getattr(arguments, other) for other in OTHERS):
        raise UsageError(
            "--drop-old restores nothing", hint="backuptool restore [PLAN] --drop-old [NAME], or --into and --drop-old"
        )
    if plan is None and arguments.drop_old is EVERY and arguments.into is None:
        raise UsageError("nothing says of which database", hint="--into NAME, or the old one's own: --drop-old NAME")
    own = chosen_server(arguments, plan) if plan else server_of(arguments)
    return own, own.database if arguments.into is None else arguments.into


def _shown(name: str, found: list[Replaced]) -> list[str]:
    if not found:
        say(f"nothing is kept that a restore replaced under the name {name}")
    for one in found:
        say(f"to be dropped: {one.name}, {one.size}")
    return [one.name for one in found]
