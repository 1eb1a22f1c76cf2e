"""`backuptool decrypt`: one file, with a passphrase, without a plan."""

from __future__ import annotations

import argparse

from backuptool.cli import old
from backuptool.cli.selection import opening
from backuptool.cli.streams import say
from backuptool.decrypt import decrypt_file


def run(arguments: argparse.Namespace) -> None:
    """Decrypt the file, and say where to. Raises BackuptoolError."""
    kdf = old.kdf_of(arguments)
    written = decrypt_file(arguments.file, opening(arguments), arguments.output, kdf)
    if str(written) != "-":
        say(str(written))
