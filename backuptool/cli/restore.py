"""`backuptool restore`: what it restores, from where, and into which database."""

from __future__ import annotations

import argparse
import logging
import shlex
from collections.abc import Iterator
from contextlib import contextmanager

from backuptool.bundle import Bundle, Stem, names, opened
from backuptool.cli import fetching, old, place, replace
from backuptool.cli.selection import before, opening, selected
from backuptool.cli.show import number
from backuptool.cli.streams import say
from backuptool.comparison import Outcome
from backuptool.config import Plan
from backuptool.copies import find
from backuptool.errors import UsageError
from backuptool.restore import give_passwords, refuse_unless_empty, restore
from backuptool.sources.server import Server
from backuptool.target import Replacing, prepared, refuse_unless_comparable, rehearse_passwords

log = logging.getLogger("backuptool")


def run(arguments: argparse.Namespace) -> None:
    """Restore what was asked for. Raises BackuptoolError."""
    place.refuse_half_a_place(arguments)
    if arguments.drop_old is not None:
        replace.drop_old(arguments)
        return
    replacing = replace.replacing(arguments)
    if old.means_old(arguments):
        _restore_old(arguments)
        return
    if place.is_alone(arguments):
        with opened(arguments.file, opening(arguments)) as bundle:
            into = bundle.contents.server.database if arguments.into is None else arguments.into
            _load(arguments, bundle, place.server_of(arguments), into, replacing)
        return
    plan, name = selected(arguments)
    server = place.chosen_server(arguments, plan)
    with _bundle(arguments, plan, name) as bundle:
        own = bundle.contents.server.database if arguments.to_shell else server.database
        into = own if arguments.into is None else arguments.into
        _load(arguments, bundle, server, into, replacing)


def _load(
    arguments: argparse.Namespace, bundle: Bundle, server: Server, into: str, replacing: Replacing | None
) -> None:
    if arguments.roles_passwords:
        replace.refuse_with_passwords(arguments)
        refuse_unless_empty(server, into)
        _rehearse_passwords(bundle, prepared(server))
    if replacing and not arguments.quick:
        refuse_unless_comparable(prepared(server))
    outcome = restore(bundle, server, into, replacing, quick=arguments.quick)
    if arguments.roles_passwords:
        give_passwords(bundle, server)
    say(f"{bundle.stem.bundle}: restored into {into}", f"  {_compared(outcome, quick=arguments.quick)}")


def _rehearse_passwords(bundle: Bundle, server: Server) -> None:
    sql = b"".join(bundle.expanded(names.GLOBALS)) if bundle.has(names.GLOBALS) else b""
    if not rehearse_passwords(server, sql):
        log.warning("the backup has no passwords: --roles-passwords gives none")


def _compared(outcome: Outcome | None, *, quick: bool) -> str:
    if outcome is None:
        return "not compared"
    how = "counted" if quick else "compared"
    return f"{how}: {number(outcome.tables, 'table')}, {number(outcome.rows, 'row')}, as they were dumped"


def _restore_old(arguments: argparse.Namespace) -> None:
    old.refuse_unless_asked_for(arguments)
    before(arguments, "")  # one is named
    if place.is_alone(arguments):
        old.refuse_nameless(arguments)
        old.restore_old(arguments, [old.place(arguments.file)], opening(arguments).secrets, place.server_of(arguments))
        return
    plan, name = selected(arguments)
    if arguments.file:
        where = [old.place(arguments.file)]
    else:
        where = old.places(find(plan.open_stores(), plan.name, plan.host, name), plan)
    old.restore_old(arguments, where, opening(arguments, plan).secrets, place.chosen_server(arguments, plan))


@contextmanager
def _bundle(arguments: argparse.Namespace, plan: Plan, name: str) -> Iterator[Bundle]:
    if arguments.file:
        before(arguments, name)
        with opened(arguments.file, opening(arguments, plan)) as bundle:
            _refuse_another_plans(arguments, bundle.stem, plan)
            yield bundle
        return
    with fetching.readable(arguments, plan, name, older=not arguments.replace) as (_, bundle):
        yield bundle


def _refuse_another_plans(arguments: argparse.Namespace, stem: Stem, plan: Plan) -> None:
    """Raises UsageError where a file would take the place of what is not its plan's, and nobody named that."""
    named = arguments.names or arguments.into is not None or arguments.to_shell
    if arguments.replace and not named and stem.plan != plan.name:
        said = f"{stem.bundle} is a backup of the plan {stem.plan}, and what it would replace is of {plan.name}"
        command = f"backuptool restore {plan.name} --file {shlex.quote(str(arguments.file))} --replace"
        raise UsageError(said, hint=f"if that is meant: {command}")
