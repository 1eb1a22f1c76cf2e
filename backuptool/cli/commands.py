"""What each command does with its arguments; the work itself is done a layer below."""

from __future__ import annotations

import argparse
import logging
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from backuptool.bundle import Bundle, Keys
from backuptool.cli import backup, listing, old, replace, verify
from backuptool.cli.keygen import keygen
from backuptool.cli.selection import keys, selected
from backuptool.cli.streams import say
from backuptool.config import Plan
from backuptool.copies import Found, find
from backuptool.decrypt import decrypt_file
from backuptool.errors import StoreError, VerificationError
from backuptool.restore import restore
from backuptool.verify import fetched, opened

log = logging.getLogger("backuptool")


def run(arguments: argparse.Namespace) -> None:
    """Run the command that was asked for. Raises BackuptoolError."""
    COMMANDS[arguments.command](arguments)


def _restore(arguments: argparse.Namespace) -> None:
    if arguments.drop_old is not None:
        replace.drop_old(arguments)
        return
    replacing = replace.replacing(arguments)
    if old.means_old(arguments):
        _restore_old(arguments)
        return
    plan, name = selected(arguments)
    server = plan.open_server()
    into = server.database if arguments.into is None else arguments.into
    with _bundle(arguments, plan, name) as bundle:
        restore(bundle, server, into, replacing)
        say(f"{bundle.stem.bundle}: restored into {into}")


def _restore_old(arguments: argparse.Namespace) -> None:
    old.refuse_unless_asked_for(arguments)
    plan, name = selected(arguments)
    if arguments.file:
        where = [old.place(arguments.file)]
    else:
        where = old.places(find(plan.open_stores(), plan.name, name), plan)
    old.restore_old(arguments, where, keys(arguments, plan).secrets, plan.open_server())


@contextmanager
def _bundle(arguments: argparse.Namespace, plan: Plan, name: str) -> Iterator[Bundle]:
    at_hand = keys(arguments, plan)
    if arguments.file:
        with opened(arguments.file, at_hand) as bundle:
            yield bundle
        return
    with ExitStack() as stack:
        yield _first_good(find(plan.open_stores(), plan.name, name), at_hand, plan, stack)


def _first_good(found: Found, at_hand: Keys, plan: Plan, stack: ExitStack) -> Bundle:
    """The backup from the first store whose copy is good: what is wrong with one copy is no reason to have none."""
    *others, last = found.copies
    for copy in others:
        try:
            return stack.enter_context(fetched(copy.store, copy.stored, at_hand, plan.work_dir))
        except (VerificationError, StoreError) as error:
            log.error("%s in %s: %s; trying the next store", found.name, copy.label, error.message)
    return stack.enter_context(fetched(last.store, last.stored, at_hand, plan.work_dir))


def _decrypt(arguments: argparse.Namespace) -> None:
    kdf = old.kdf_of(arguments)
    written = decrypt_file(arguments.file, keys(arguments), arguments.output, kdf)
    if str(written) != "-":
        say(str(written))


def _demo(arguments: argparse.Namespace) -> None:
    from backuptool.demo import run as demo  # noqa: PLC0415 - needs the extra `demo`, which nothing else does

    demo(sys.stdout, arguments.keep)


COMMANDS = {
    "backup": backup.make,
    "list": listing.show,
    "verify": verify.run,
    "restore": _restore,
    "decrypt": _decrypt,
    "keygen": keygen,
    "demo": _demo,
}
