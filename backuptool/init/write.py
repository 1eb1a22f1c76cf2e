"""A configuration that is written once: whole, for its owner alone, and never over another."""

from __future__ import annotations

import os
import tomllib
from pathlib import Path

from backuptool.config import Configuration, check_config
from backuptool.errors import BackuptoolError, UsageError
from backuptool.new_file import write_new

HINT = "move it away, or write another with --config FILE"


def refuse_if_there(path: Path) -> None:
    """Raises UsageError when there is anything at `path`."""
    if os.path.lexists(path):
        raise UsageError(f"{path} is there already, and is not replaced", hint=HINT)


def refuse_unreadable(name: str, value: str) -> None:
    """Raises UsageError for a value of other bytes: TOML is UTF-8, and the file could not be read again."""
    try:
        value.encode()
    except UnicodeEncodeError:
        hint = "give it a name in UTF-8, or a link that has one, and name that"
        raise UsageError(f"{name} is not UTF-8, and a configuration has no other", hint=hint) from None


def checked(path: Path, text: str) -> Configuration:
    """The configuration that `text` is, before anything is written. Raises UsageError."""
    for line in text.splitlines():
        refuse_unreadable(line.partition(" = ")[0], line)
    return check_config(tomllib.loads(text), f"what {path} would be")


def write_config(path: Path, text: str) -> Configuration:
    """Write the configuration `text` to the new file `path`, once it is known to be one. Raises BackuptoolError."""
    refuse_if_there(path)
    configuration = checked(path, text)
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise BackuptoolError(f"{path.parent}: {error.strerror}", hint="name another place: --config FILE") from error
    write_new(path, [text.encode()], hint="name another place: --config FILE")
    return configuration
