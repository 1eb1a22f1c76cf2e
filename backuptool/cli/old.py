"""Old backups on the command line: whatever is checked of them, they are said to be unauthenticated."""

from __future__ import annotations

import argparse
import logging
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

from backuptool.cli.replace import replacing
from backuptool.cli.selection import names_old
from backuptool.cli.show import size
from backuptool.cli.streams import say
from backuptool.config import Plan
from backuptool.copies import Found
from backuptool.encryption import Kdf, kdf_named
from backuptool.errors import StoreError, UsageError, VerificationError
from backuptool.past import OldBackup, is_old, opened
from backuptool.restore import restore_unauthenticated
from backuptool.secret import Secret
from backuptool.sources.server import Server
from backuptool.stores import Store, Stored
from backuptool.target import prepared
from backuptool.verify import copied

log = logging.getLogger("backuptool")
Refusals = list[tuple[str, VerificationError | StoreError]]  # by what messages call the place
Rows = list[dict[str, Any]]
Place = tuple[str, AbstractContextManager[OldBackup]]  # what messages call it, how to open it


def means_old(arguments: argparse.Namespace) -> bool:
    """Whether --file or the words after the command mean an old backup. Raises UsageError."""
    words = arguments.names
    old = is_old(arguments.file) if arguments.file else bool(words) and names_old(words[-1])
    if getattr(arguments, "kdf", None) and not old:
        raise UsageError("--kdf is for old backups; how a bundle's key was made is known", hint="leave --kdf out")
    return old


def kdf_of(arguments: argparse.Namespace) -> Kdf | None:
    """The derivation that --kdf names. Raises UsageError."""
    try:
        return kdf_named(arguments.kdf) if arguments.kdf else None
    except ValueError as error:
        raise UsageError(str(error), hint=f"backuptool {arguments.command} --help") from None


def place(path: Path) -> Place:
    """The old backup at `path` on this disk."""
    return str(path), opened(path)


def places(found: Found, plan: Plan) -> list[Place]:
    """An old backup in each store that has it."""
    return [(copy.label, _fetched(copy.store, copy.stored, plan)) for copy in found.copies]


@contextmanager
def _fetched(store: Store, stored: Stored, plan: Plan) -> Iterator[OldBackup]:
    with copied(store, stored, plan.work_dir) as path, opened(path) as old:
        yield old


def verify_old(arguments: argparse.Namespace, where: list[Place], passphrases: list[Secret]) -> tuple[Rows, Refusals]:
    """Decrypt, compare and expand an old backup in each place, and say what that proves, but as JSON.

    Returns that for each place, as JSON has it, and what was wrong in the others.
    """
    name = _name(arguments)
    rows: Rows = []
    failed: Refusals = []
    for label, backup in where:
        try:
            with backup as old:
                opening = old.opening(passphrases, kdf_of(arguments))
                verdict, evidence = old.verify(opening), old.evidence(opening)
        except (VerificationError, StoreError) as error:
            failed.append((label, error))
            continue
        rows.append(
            {
                "backup": name, "store": label, "size": verdict.size, "dump_size": verdict.dump_size,
                "authenticated": False, "kdf": verdict.kdf, "md5": verdict.md5, "verdict": "whole",
            }
        )  # fmt: skip
        if not arguments.json:
            say(f"{name}: unauthenticated, a dump of {size(verdict.dump_size)}", f"  {evidence}", f"  in {label}")
    return rows, failed


def _name(arguments: argparse.Namespace) -> str:
    """The file's name, as messages have it."""
    return str(arguments.file.name) if arguments.file else f"{arguments.names[-1].removesuffix('.tar')}.tar"


def refuse_unless_asked_for(arguments: argparse.Namespace) -> None:
    """Raises UsageError without --unauthenticated: a person must say that they trust where the file came from."""
    if not arguments.unauthenticated:
        raise UsageError(
            f"{_name(arguments)} is unauthenticated: nothing proves who made it",
            hint="the server runs what is in it, and psql may: if you trust who could write it, --unauthenticated",
        )


def refuse_drill(arguments: argparse.Namespace) -> None:
    """Raises UsageError where an old backup is to be drilled: there is nothing in it to compare a copy with."""
    if means_old(arguments):
        raise UsageError(
            f"{_name(arguments)} is an old backup: nothing in it says what it must be when it is restored",
            hint="backuptool verify it, or try it with restore --unauthenticated --into NAME",
        )


def refuse_nameless(arguments: argparse.Namespace) -> None:
    """Raises UsageError without --into: no plan says which database it was, and the file does not either."""
    if arguments.into is None:
        raise UsageError(f"{_name(arguments)} does not say which database it is of", hint="--into NAME")


def restore_old(arguments: argparse.Namespace, where: list[Place], passphrases: list[Secret], server: Server) -> None:
    """Load an old backup into a new database, from the first place where it is good. Raises BackuptoolError."""
    *others, last = where
    for one in others:
        try:
            _restore_old(arguments, one, passphrases, server)
        except (VerificationError, StoreError) as error:
            log.error("%s: %s; trying the next store", one[0], error.message)
        else:
            return
    _restore_old(arguments, last, passphrases, server)


def _restore_old(arguments: argparse.Namespace, where: Place, passphrases: list[Secret], server: Server) -> None:
    _, backup = where
    name, into = _name(arguments), server.database if arguments.into is None else arguments.into
    with backup as old:
        opening = old.opening(passphrases, kdf_of(arguments))
        owner = f"the owner {prepared(server).query('select current_user')[0][0]}"
        more = "keeps the owner it has, if any" if arguments.replace else owner
        log.warning("%s is unauthenticated and has the data only: %s gets UTF-8 and %s", name, into, more)
        restore_unauthenticated(old, opening, server, into, replacing(arguments))
        say(f"{name}: restored into {into}; {old.evidence(opening)}")
