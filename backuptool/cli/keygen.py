"""`backuptool keygen`: keys into a folder, and the key sheet on stdout, which is the only place a secret is printed."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Collection
from datetime import UTC, datetime
from pathlib import Path

from backuptool.bundle.recover import recover_text, script, variants
from backuptool.errors import BackuptoolError
from backuptool.keygen import CONFIG, HOME, key_sheet
from backuptool.keys import KINDS, new_keys

CHECKING = """\
In the folder into which the backup was extracted, and nothing else, with sh;
PASSPHRASE_FILE names the passphrase file, SIGNERS allowed_signers (or: none).

"""


def keygen(arguments: argparse.Namespace) -> None:
    """Make the keys that were asked for; they are kept only when the sheet has been printed. Raises BackuptoolError."""
    _new(arguments.folder, [kind for kind in KINDS if getattr(arguments, kind)] or KINDS)


def new_passphrase_file(folder: Path, config: Path) -> None:
    """A new passphrase.txt in the new folder `folder`, where `config` will have it, and its sheet. Raises
    BackuptoolError."""
    _new(folder, ("passphrase",), str(folder), str(config))


def _new(folder: Path, kinds: Collection[str], home: str = HOME, config: str = CONFIG) -> None:
    check = script(recover_text("pbkdf2", signed="signing" in kinds), "check")
    checking = f"{CHECKING}{check}"
    with new_keys(folder, kinds) as keys:
        _print(key_sheet(keys, variants(), checking, datetime.now(UTC), os.uname().nodename, home, config))


def _print(text: str) -> None:
    """To the terminal, pipe or file itself: what a buffer took would not be known to have arrived."""
    if sys.stdout is None:  # closed: its number may be another file's by now
        raise BackuptoolError("the key sheet has nowhere to go: stdout is closed", hint="run it at a terminal")
    rest = memoryview(text.encode("ascii"))
    try:
        while rest:
            rest = rest[os.write(sys.stdout.fileno(), rest) :]
    except OSError as error:
        raise BackuptoolError(
            f"the key sheet cannot be printed: {error.strerror}; no keys were made",
            hint="see that stdout can take it, and run keygen again",
        ) from error
