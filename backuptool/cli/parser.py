"""The command line: every command in the order that --help shows; arguments stand beside."""

from __future__ import annotations

import argparse
from pathlib import Path

from backuptool.cli import backups, upkeep
from backuptool.cli.version import Version

DESCRIPTION = """\
Encrypted, verified, off-site PostgreSQL backups
that stock openssl, tar, gunzip and psql restore.
"""
CONFIG = "default: /etc/backuptool/config.toml for root, else ~/.config/backuptool/config.toml"
EXIT_CODES = """\
exit codes: 0 done, 1 failed, 2 usage or configuration, 3 partly done,
4 verification failed, 5 source, 6 store, 11 locked, 128+n ended by signal n
"""


def parser() -> argparse.ArgumentParser:
    """The parser of the whole command line."""
    top = argparse.ArgumentParser(
        prog="backuptool",
        description=DESCRIPTION,
        epilog=EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    top.add_argument("--version", action=Version)
    top.add_argument("--config", metavar="FILE", type=Path, help=CONFIG)
    top.add_argument("-v", "--verbose", action="count", default=0, help="say what is done; -vv: say more")
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
    backups.demo(commands)
    return top
