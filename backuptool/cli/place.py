"""Where a restore goes that needs no configuration: after a disaster there is a bundle, a passphrase and a server."""

from __future__ import annotations

import argparse

from backuptool.cli.selection import missing_configuration, refuse_words
from backuptool.config import Plan
from backuptool.errors import UsageError
from backuptool.shells import Shell
from backuptool.shells.compose import Compose
from backuptool.shells.container import Container
from backuptool.shells.local import Local
from backuptool.shells.ssh import Ssh
from backuptool.sources.server import Server

HINT = "--to-shell local, ssh:HOST, container:NAME or compose:FILE:SERVICE"


def is_alone(arguments: argparse.Namespace) -> bool:
    """Whether the command line says all: the file, what opens it, and where it goes; it must without a configuration.

    Raises UsageError.
    """
    missing = missing_configuration(arguments)
    if arguments.file and missing and not arguments.to_shell:
        raise UsageError(f"nothing says into which server: there is no configuration {missing}", hint=HINT)
    opens = arguments.passphrase_file or arguments.identity or missing
    if not (arguments.file and opens and arguments.to_shell):
        return False
    refuse_words(arguments)
    return True


def refuse_half_a_place(arguments: argparse.Namespace) -> None:
    """Raises UsageError for who connects where, without where psql runs: all would go to the plan's own server."""
    given = [option for option in ("user", "host", "port") if getattr(arguments, f"to_{option}")]
    if given and not arguments.to_shell:
        raise UsageError(f"--to-{given[0]} goes with --to-shell only", hint=f"--to-shell local --to-{given[0]} …")


def chosen_server(arguments: argparse.Namespace, plan: Plan) -> Server:
    """The server that the command line names, else the plan's. Raises UsageError, SourceError."""
    return server_of(arguments) if arguments.to_shell else plan.open_server()


def server_of(arguments: argparse.Namespace) -> Server:
    """The server that --to-shell, --to-user, --to-host and --to-port name; its own maintenance database is taken.

    Raises UsageError, SourceError.
    """
    shell = shell_of(arguments.to_shell)
    server = Server(shell, "postgres", arguments.to_user or "", arguments.to_host or "", arguments.to_port or 0)
    return server.with_container_defaults() if isinstance(shell, Container | Compose) else server


def shell_of(text: str) -> Shell:
    """The shell that a person calls so. Raises UsageError."""
    kind, _, rest = text.partition(":")
    if text == "local":
        return Local()
    if kind == "ssh" and rest:
        return Ssh(rest)
    if kind == "container" and rest:
        return Container(rest)
    file, _, service = rest.rpartition(":")
    if kind == "compose" and file and service:
        return Compose(file, service)
    raise UsageError(f"{text!r} is no shell", hint=HINT)
