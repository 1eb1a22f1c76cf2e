"""The command line: every command in the order that --help shows; arguments stand beside."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any, NoReturn

from backuptool.cli import backups, setup, upkeep
from backuptool.cli.streams import say
from backuptool.errors import UsageError
from backuptool.version import version

DESCRIPTION = """\
Encrypted, verified, off-site PostgreSQL backups
that stock openssl, tar, gunzip and psql restore.
"""
CONFIG = "default: /etc/backuptool/config.toml for root, else ~/.config/backuptool/config.toml"
EXIT_CODES = """\
exit codes: 0 done, 1 failed, 2 usage or configuration, 3 partly done,
4 verification failed, 5 source, 6 store, 11 locked, 128+n ended by signal n
"""


class Parser(argparse.ArgumentParser):
    """What it prints has arrived, or that is an error."""

    def print_help(self, *_: object, **__: object) -> None:
        """To stdout: argparse itself takes no notice of an OSError there. Raises BackuptoolError."""
        say(self.format_help().rstrip("\n"))

    def error(self, message: str) -> NoReturn:
        """Raises UsageError, where argparse itself would exit."""
        raise UsageError(message, hint=f"{self.prog} --help says what there is")

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """Raises UsageError of what is not known: argparse hands it on to who does not know the command's own help."""
        found, rest = super().parse_known_args(args, namespace)
        if rest:
            self.error(f"unrecognized arguments: {' '.join(rest)}")
        return found, rest

    def _get_value(self, action: argparse.Action, arg_string: str) -> Any:
        """Raises UsageError: Path("") is this folder, "" is what nobody gave, and neither was meant."""
        # All that stands behind the command's name passes here, and once more in the command's own parser.
        if not arg_string and not isinstance(action, argparse._SubParsersAction):  # noqa: SLF001 - it has no public name
            raise _empty(action)
        return super()._get_value(action, arg_string)


def _empty(action: argparse.Action) -> UsageError:
    word = action.metavar or f"{{{','.join(action.choices or ())}}}"
    return UsageError(
        f"an empty word is given as {' '.join([*filter(None, ['/'.join(action.option_strings)]), str(word)])}",
        hint=f"say which {word} is meant; a shell variable that is not set is empty",
    )


class Version(argparse.Action):
    """Asked for only when it is wanted: in a checkout git tells the commit."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        """Print it and end."""
        say(f"backuptool {version()}")
        parser.exit()


def parser() -> argparse.ArgumentParser:
    """The parser of the whole command line."""
    top: argparse.ArgumentParser = Parser(
        prog="backuptool",
        description=DESCRIPTION,
        epilog=EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,  # --json would be --json-log before the command, and say nothing
    )
    top.add_argument("--version", action=Version, nargs=0, help="show the version, and the commit it was built from")
    top.add_argument("--config", metavar="FILE", type=Path, help=CONFIG)
    top.add_argument("-v", "--verbose", action="count", default=0, help="say what is done; -vv: say more")
    top.add_argument("--json-log", action="store_true", help="say it as JSON, one object a line on stderr")
    commands = top.add_subparsers(dest="command", metavar="COMMAND", required=True)
    backups.backup(commands)
    backups.list_(commands)
    backups.verify(commands)
    backups.restore(commands)
    backups.drill(commands)
    backups.decrypt(commands)
    upkeep.prune(commands)
    upkeep.check(commands)
    backups.keygen(commands)
    setup.init(commands)
    setup.doctor(commands)
    setup.install(commands)
    setup.uninstall(commands)
    backups.demo(commands)
    return top
