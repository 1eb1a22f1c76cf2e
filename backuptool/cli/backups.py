"""The commands that make, show and read backups: their arguments and options."""

from __future__ import annotations

import argparse
from pathlib import Path

from backuptool.cli import options


def backup(commands: options.Commands[argparse.ArgumentParser]) -> None:
    """`backuptool backup`."""
    command = options.new(commands, "backup", "make a backup; done means: new, whole, verified and in every store")
    options.plans(command)
    options.json(command)


def list_(commands: options.Commands[argparse.ArgumentParser]) -> None:
    """`backuptool list`."""
    command = options.new(commands, "list", "what is stored where, how old and how big it is")
    options.plans(command)
    options.json(command)


def verify(commands: options.Commands[argparse.ArgumentParser]) -> None:
    """`backuptool verify`."""
    command = options.new(commands, "verify", "fetch a backup, authenticate it, decrypt it, see that it is whole")
    options.which(command)
    options.kdf(command)
    options.json(command)


def restore(commands: options.Commands[argparse.ArgumentParser]) -> None:
    """`backuptool restore`."""
    command = options.new(commands, "restore", "load a backup into a new database; never into one that has data")
    options.which(command)
    options.kdf(command)
    into = "the new database; default: the name of the one backed up. An empty one of that name is replaced: owner, "
    into += "settings and grants become those of the one backed up"
    command.add_argument("--into", "--database", metavar="NAME", help=into)
    _to(command)
    options.at(command)
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
    command.add_argument("--drop-old", nargs="?", const=options.EVERY, metavar="OLD", help=text)


def drill(commands: options.Commands[argparse.ArgumentParser]) -> None:
    """`backuptool drill`."""
    command = options.new(
        commands, "drill", "restore a backup into a throwaway server, dump it again, compare all of it"
    )
    beside = ". With --passphrase-file or --identity, and no plan: on the embedded PostgreSQL (extra demo)"
    options.which(command, beside)
    options.at(command)
    options.json(command)


def decrypt(commands: options.Commands[argparse.ArgumentParser]) -> None:
    """`backuptool decrypt`."""
    command = options.new(commands, "decrypt", "a bundle, an old tar or a bare .enc, into the .sql.gz; needs no plan")
    command.add_argument("file", metavar="FILE", type=Path, help="on this disk: as it is stored, or as openssl made it")
    command.add_argument("-o", "--output", metavar="OUT", type=Path, help="default: in this folder; - is stdout")
    command.add_argument("--passphrase-file", metavar="PATH", type=Path, help="in place of the only plan's")
    options.identity(command)
    options.kdf(command)


def keygen(commands: options.Commands[argparse.ArgumentParser]) -> None:
    """`backuptool keygen`."""
    command = options.new(commands, "keygen", "make keys in a new folder, and print the key sheet to keep on paper")
    command.add_argument("folder", metavar="DIR", type=Path, help="a new or empty folder")
    for kind, text in (
        ("passphrase", "a passphrase file"),
        ("recipient", "a recipient's key pair"),
        ("signing", "a signing key"),
    ):
        command.add_argument(f"--{kind}", action="store_true", help=f"only {text} (may be combined; default: all)")


def demo(commands: options.Commands[argparse.ArgumentParser]) -> None:
    """`backuptool demo`."""
    command = options.new(commands, "demo", "the whole job on its own PostgreSQL and WebDAV server, nothing to set up")
    command.add_argument("--keep", metavar="DIR", type=Path, help="leave the bundle and passphrase.txt there")
