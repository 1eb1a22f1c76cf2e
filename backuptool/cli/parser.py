"""The command line: every command in the order that --help shows; arguments stand beside."""

from __future__ import annotations

import argparse
from pathlib import Path

from backuptool.cli import backups, setup, upkeep
from backuptool.cli.streams import say
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


class Version(argparse.Action):
    """Asked for only when it is wanted: in a checkout git tells the commit."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        """Print it and end."""
        say(f"backuptool {version()}")
        parser.exit()


def parser() -> argparse.ArgumentParser:
    """The parser of the whole command line."""
    top = argparse.ArgumentParser(
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
