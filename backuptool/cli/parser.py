"""The command line: every command, argument and option, with the words that --help shows."""

from __future__ import annotations

import argparse
from pathlib import Path

from backuptool import __version__

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
    top.add_argument("--version", action="version", version=f"backuptool {__version__}")
    top.add_argument("--config", metavar="FILE", type=Path, help=CONFIG)
    top.add_argument("-v", "--verbose", action="count", default=0, help="say what is done; -vv: say more")
    commands = top.add_subparsers(dest="command", metavar="COMMAND", required=True)
    _backup(commands)
    _list(commands)
    _verify(commands)
    _restore(commands)
    _drill(commands)
    _decrypt(commands)
    _keygen(commands)
    _demo(commands)
    return top


Commands = argparse._SubParsersAction  # noqa: SLF001 - argparse has no public name for it


def _command(commands: Commands[argparse.ArgumentParser], name: str, text: str) -> argparse.ArgumentParser:
    made = commands.add_parser(name, help=text, description=text[0].upper() + text[1:] + ".")
    # The same options behind the command, where people put them too; what stands before it is kept.
    made.add_argument("--config", metavar="FILE", type=Path, default=argparse.SUPPRESS, help=argparse.SUPPRESS)
    made.add_argument("-v", "--verbose", action="count", default=argparse.SUPPRESS, help=argparse.SUPPRESS)
    return made


def _json(command: argparse.ArgumentParser) -> None:
    command.add_argument("--json", action="store_true", help="the same as JSON on stdout")


def _from(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "names", nargs="*", metavar="NAME", help="a plan, a backup or both; default: the only plan, its latest backup"
    )
    command.add_argument("--file", metavar="PATH", type=Path, help="a bundle on this disk in place of a stored one")
    command.add_argument("--passphrase-file", metavar="PATH", type=Path, help="in place of the plan's")
    _identity(command)


def _at(command: argparse.ArgumentParser) -> None:
    text = "the newest backup before then: 2026-11-23, '2026-11-23 04:00', in this host's time unless it says another"
    command.add_argument("--at", metavar="TIME", help=text)


def _identity(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--identity", metavar="FILE", type=Path, help="a recipient's private key, in place of a passphrase"
    )


def _kdf(command: argparse.ArgumentParser) -> None:
    text = "how an old backup's key was made, where that is not plain: pbkdf2, pbkdf2:N, sop (sha256) or md5"
    command.add_argument("--kdf", metavar="KDF", help=text)


def _backup(commands: Commands[argparse.ArgumentParser]) -> None:
    command = _command(commands, "backup", "make a backup; done means: new, whole, verified and in every store")
    command.add_argument("plans", nargs="*", metavar="PLAN", help="default: every plan")
    _json(command)


def _list(commands: Commands[argparse.ArgumentParser]) -> None:
    command = _command(commands, "list", "what is stored where, how old and how big it is")
    command.add_argument("plans", nargs="*", metavar="PLAN", help="default: every plan")
    _json(command)


def _verify(commands: Commands[argparse.ArgumentParser]) -> None:
    command = _command(commands, "verify", "fetch a backup, authenticate it, decrypt it, see that it is whole")
    _from(command)
    _kdf(command)
    _json(command)


def _restore(commands: Commands[argparse.ArgumentParser]) -> None:
    command = _command(commands, "restore", "load a backup into a new database; never into one that has data")
    _from(command)
    _kdf(command)
    into = "the new database; default: the name of the one backed up. An empty one of that name is replaced: owner, "
    into += "settings and grants become those of the one backed up"
    command.add_argument("--into", "--database", metavar="NAME", help=into)
    _to(command)
    _at(command)
    command.add_argument("--quick", action="store_true", help="count rows, instead of comparing every byte")
    text = "on an empty server: give roles that are there already the passwords in the backup"
    command.add_argument("--roles-passwords", action="store_true", help=text)
    command.add_argument(
        "--unauthenticated", action="store_true", help="take an old backup, though nothing proves who made it"
    )
    _replace(command)


def _to(command: argparse.ArgumentParser) -> None:
    text = (
        "where psql runs, in place of the plan's: local, ssh:HOST, container:NAME, compose:FILE:SERVICE. With --file "
    )
    command.add_argument("--to-shell", metavar="SHELL", help=text + "and --passphrase-file no configuration is needed")
    command.add_argument(
        "--to-user", metavar="USER", help="with --to-shell: who connects; default: libpq's, the image's"
    )
    command.add_argument("--to-host", metavar="HOST", help="with --to-shell: server or socket folder; default: libpq's")
    command.add_argument("--to-port", metavar="PORT", type=int, help="with --to-shell: default: libpq's")


def _replace(command: argparse.ArgumentParser) -> None:
    text = "in place of a database that has data: when all is loaded, both change names at once; the old one is kept"
    command.add_argument("--replace", action="store_true", help=text)
    command.add_argument("--force-disconnect", action="store_true", help="with --replace: end the sessions in it")
    text = "load nothing: drop what was replaced and kept, that one or all of the database; they are listed first"
    command.add_argument("--drop-old", nargs="?", const="", metavar="OLD", help=text)


def _drill(commands: Commands[argparse.ArgumentParser]) -> None:
    command = _command(commands, "drill", "restore a backup into a throwaway server, dump it again, compare all of it")
    _from(command)
    _at(command)
    _json(command)


def _decrypt(commands: Commands[argparse.ArgumentParser]) -> None:
    command = _command(commands, "decrypt", "a bundle, an old tar or a bare .enc, into the .sql.gz; needs no plan")
    command.add_argument("file", metavar="FILE", type=Path)
    command.add_argument("-o", "--output", metavar="OUT", type=Path, help="default: in this folder; - is stdout")
    command.add_argument("--passphrase-file", metavar="PATH", type=Path, help="in place of the only plan's")
    _identity(command)
    _kdf(command)


def _keygen(commands: Commands[argparse.ArgumentParser]) -> None:
    command = _command(commands, "keygen", "make keys in a new folder, and print the key sheet to keep on paper")
    command.add_argument("folder", metavar="DIR", type=Path, help="a new or empty folder")
    for kind, text in (
        ("passphrase", "a passphrase file"),
        ("recipient", "a recipient's key pair"),
        ("signing", "a signing key"),
    ):
        command.add_argument(f"--{kind}", action="store_true", help=f"only {text} (may be combined; default: all)")


def _demo(commands: Commands[argparse.ArgumentParser]) -> None:
    command = _command(commands, "demo", "the whole job on its own PostgreSQL and WebDAV server, nothing to set up")
    command.add_argument("--keep", metavar="DIR", type=Path, help="leave the bundle and passphrase.txt there")
