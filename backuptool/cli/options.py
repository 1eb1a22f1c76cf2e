"""What several commands take, and what all of them do."""

from __future__ import annotations

import argparse
from pathlib import Path

Commands = argparse._SubParsersAction  # noqa: SLF001 - argparse has no public name for it
EVERY = object()  # an option that was given no name


def new(commands: Commands[argparse.ArgumentParser], name: str, text: str) -> argparse.ArgumentParser:
    """A command with the words that --help shows; the options of the whole tool may stand behind it too."""
    described = text[0].upper() + text[1:] + "."
    made = commands.add_parser(name, help=text, description=described, allow_abbrev=False)
    # The same options behind the command, where people put them too; what stands before it is kept.
    made.add_argument("--config", metavar="FILE", type=Path, default=argparse.SUPPRESS, help=argparse.SUPPRESS)
    made.add_argument("-v", "--verbose", action="count", default=argparse.SUPPRESS, help=argparse.SUPPRESS)
    made.add_argument("--json-log", action="store_true", default=argparse.SUPPRESS, help=argparse.SUPPRESS)
    return made


def json(command: argparse._ActionsContainer) -> None:
    """`--json`."""
    command.add_argument("--json", action="store_true", help="the same as JSON on stdout")


def which(command: argparse.ArgumentParser, beside: str = "") -> None:
    """Which backup is read: by plan and name, or a file on this disk; `beside`: more about the file."""
    command.add_argument(
        "names", nargs="*", metavar="NAME", help="a plan, a backup or both; default: the only plan, its latest backup"
    )
    text = f"a bundle on this disk in place of a stored one{beside}"
    command.add_argument("--file", metavar="PATH", type=Path, help=text)
    command.add_argument("--passphrase-file", metavar="PATH", type=Path, help="in place of the plan's")
    identity(command)


def at(command: argparse.ArgumentParser) -> None:
    """`--at`."""
    text = "the newest backup before then: 2026-11-23, '2026-11-23 04:00', in this host's time unless it says another"
    command.add_argument("--at", metavar="TIME", help=text)


def identity(command: argparse.ArgumentParser) -> None:
    """`--identity` and `--signers`."""
    command.add_argument(
        "--identity", metavar="FILE", type=Path, help="a recipient's private key, in place of a passphrase"
    )
    text = "an allowed_signers file: one of them must have signed the bundle; none: nobody must. In place of the plan's"
    command.add_argument("--signers", metavar="FILE", type=Path, help=text)


def kdf(command: argparse.ArgumentParser) -> None:
    """`--kdf`."""
    text = "how an old backup's key was made, where that is not plain: pbkdf2:10000 (openssl enc -pbkdf2), pbkdf2:N "
    text += "(-iter N), sop (neither; sha256) or md5 (neither; before OpenSSL 1.1.0)"
    command.add_argument("--kdf", metavar="KDF", help=text)


def plans(command: argparse.ArgumentParser) -> None:
    """The plans that a command is for."""
    command.add_argument("plans", nargs="*", metavar="PLAN", help="default: every plan")
