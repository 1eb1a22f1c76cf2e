"""`backuptool check`: for monitoring, as exit code, as a Nagios plugin, as JSON."""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from backuptool.bundle import Keys
from backuptool.check import Check
from backuptool.cli.answers import Answer, Silent, as_json, in_lines, one_line, place_of, several, unknown, worst_first
from backuptool.cli.nagios import UNKNOWN, nagios
from backuptool.cli.selection import keys, plans
from backuptool.cli.streams import say
from backuptool.config import Plan
from backuptool.copies import Shelf
from backuptool.errors import BackuptoolError, Overdue, StoreError, VerificationError
from backuptool.interruption import within
from backuptool.stores import Store


def run(arguments: argparse.Namespace) -> int:
    """Check the plans; the exit code. Raises BackuptoolError, but with --nagios, where everything is an answer."""
    try:
        answers, silent = _asked(arguments)
    except BackuptoolError as error:
        if not arguments.nagios:
            raise
        say(f"BACKUPTOOL UNKNOWN - {one_line(error.message)}")
        return UNKNOWN
    if arguments.nagios:
        return nagios(answers, silent)
    if arguments.json:
        say(json.dumps([as_json(plan, one) for plan, _, one in answers] + [unknown(one) for one in silent], indent=2))
    else:
        say(*in_lines(answers, silent, verbose=arguments.verbose > 0))
    _raise_for(answers, silent)
    return 0


def _asked(arguments: argparse.Namespace) -> tuple[list[Answer], list[Silent]]:
    """What each store says; one that says nothing, or a plan that cannot be asked, hides nothing of the others."""
    answers: list[Answer] = []
    waiting, silent = _opened(arguments)
    end, now = time.monotonic() + arguments.timeout, datetime.now(UTC)
    for done, (plan, place, label, store, at_hand) in enumerate(waiting):
        try:
            with _answering(label, (end - time.monotonic()) / (len(waiting) - done)):
                answers.append((plan, place, Check(plan, Shelf(label, store, store.list()), at_hand, now).run()))
        except BackuptoolError as error:
            silent.append(Silent(plan.name, label, error))
    return answers, silent


def _opened(arguments: argparse.Namespace) -> tuple[list[tuple[Plan, int, str, Store, Keys]], list[Silent]]:
    """Each store of the plans with its place among its plan's, its label, what opens its bundles; what cannot be."""
    waiting: list[tuple[Plan, int, str, Store, Keys]] = []
    silent: list[Silent] = []
    for plan in plans(arguments):
        try:
            at_hand, stores = keys(arguments, plan), plan.open_stores()
        except BackuptoolError as error:
            silent.append(Silent(plan.name, "", error))
        else:
            waiting += [(plan, place, *one, at_hand) for place, one in enumerate(stores, start=1)]
    return waiting, silent


@contextmanager
def _answering(label: str, share: float) -> Iterator[None]:
    """For `share` seconds, an equal one of what is left of --timeout; a second at least. Raises StoreError."""
    seconds = max(1, share)
    try:
        with within(seconds, label):
            yield
    except Overdue as overdue:
        raise _unanswered(label, f"{round(seconds, 1):g} s", overdue.met) from None


def _unanswered(label: str, waited: str, met: BackuptoolError | None) -> StoreError:
    """`met`: what it was tried again for until then, if it gave any answer to that."""
    if met:
        return StoreError(f"{met.message} (tried for {waited})", hint=met.hint)
    return StoreError(f"{label} did not answer within {waited}", hint="is the server up? --timeout waits longer")


def _raise_for(answers: list[Answer], silent: list[Silent]) -> None:
    found = worst_first(answers)
    if found:
        plan, label, first = found[0]
        more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
        where = place_of(plan, label, named=several(answers, silent))
        hint = "backuptool list shows what is there, and where it is made backuptool doctor what a run lacks"
        raise VerificationError(f"{where}: {first.what}{more}", hint=hint)
    if silent:
        raise silent[0].error
