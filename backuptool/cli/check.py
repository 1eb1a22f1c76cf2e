"""`backuptool check`: for monitoring, as exit code, as a Nagios plugin, as JSON."""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from backuptool.bundle import Keys
from backuptool.check import Check, Checked, Finding
from backuptool.cli.selection import keys, plans
from backuptool.cli.show import age, number, size
from backuptool.cli.streams import say
from backuptool.config import Plan
from backuptool.copies import Shelf
from backuptool.errors import BackuptoolError, Overdue, StoreError, VerificationError
from backuptool.interruption import within
from backuptool.stores import Store

# https://www.monitoring-plugins.org/doc/guidelines.html
OK, WARNING, CRITICAL, UNKNOWN = range(4)
WORDS = ("OK", "WARNING", "CRITICAL", "UNKNOWN")
Answer = tuple[Plan, int, Checked]  # the plan, the place of a store among its own, what that one says


@dataclass(frozen=True, slots=True)
class Silent:
    """What could not be asked: a plan, or one of its stores."""

    plan: str
    store: str
    error: BackuptoolError

    @property
    def what(self) -> str:
        """For a person, and for Nagios."""
        return _one_line(self.error.message)

    def where(self, *, named: bool) -> str:
        """What messages call it; `named`: with its plan."""
        if not self.store:
            return f"plan {self.plan}"
        return _place(self.plan, self.store, named=named)


def run(arguments: argparse.Namespace) -> int:
    """Check the plans; the exit code. Raises BackuptoolError, but with --nagios, where everything is an answer."""
    try:
        answers, silent = _asked(arguments)
    except BackuptoolError as error:
        if not arguments.nagios:
            raise
        say(f"BACKUPTOOL UNKNOWN - {_one_line(error.message)}")
        return UNKNOWN
    if arguments.nagios:
        return _nagios(answers, silent)
    if arguments.json:
        say(json.dumps([_as_json(plan, one) for plan, _, one in answers] + [_unknown(one) for one in silent], indent=2))
    else:
        say(*_lines(answers, silent, verbose=arguments.verbose > 0))
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
    found = _found(answers)
    if found:
        plan, label, first = found[0]
        more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
        where = _place(plan, label, named=_several(answers, silent))
        raise VerificationError(f"{where}: {first.what}{more}", hint="backuptool list shows what is there")
    if silent:
        raise silent[0].error


def _found(answers: list[Answer]) -> list[tuple[str, str, Finding]]:
    """Each with its plan and store, the worst first."""
    found = [(plan.name, one.label, finding) for plan, _, one in answers for finding in one.findings]
    return sorted(found, key=lambda each: not each[2].critical)


def _several(answers: list[Answer], silent: list[Silent]) -> bool:
    """Whether more than one plan was checked: then a store's name does not say which one a line is about."""
    return len({plan.name for plan, _, _ in answers} | {one.plan for one in silent}) > 1


def _place(plan: str, label: str, *, named: bool = True) -> str:
    return f"{plan} in {label}" if named else label


def _lines(answers: list[Answer], silent: list[Silent], *, verbose: bool = False, named: bool = False) -> list[str]:
    named = named or _several(answers, silent)
    said = [
        line for plan, _, one in answers
        for line in _in_words(one, _place(plan.name, one.label, named=named), verbose=verbose)
    ]  # fmt: skip
    return said + [f"{one.where(named=named)}: UNKNOWN: {one.what}" for one in silent]


def _in_words(one: Checked, where: str, *, verbose: bool = False) -> list[str]:
    newest = f"newest {_age(one.age)}, {size(one.newest.size)}" if one.newest and one.age is not None else "none"
    tables = f", {number(one.tables, 'table')}" if one.tables is not None else ""
    lines = [f"{where}: {number(one.count, 'backup')}, {newest}{tables}"]
    lines += [f"  {'CRITICAL' if finding.critical else 'WARNING'}: {finding.what}" for finding in one.findings]
    if verbose and one.sealed:
        lines.append("  tables are not compared: nothing here decrypts what the backup says of them")
    return lines if one.findings else [*lines, "  OK"]


def _age(old: timedelta) -> str:
    return age(old) if old < timedelta(0) else f"{age(old)} old"


def _nagios(answers: list[Answer], silent: list[Silent]) -> int:
    found, lines = _found(answers), _lines(answers, silent)
    worst = CRITICAL if any(one.critical for _, _, one in found) else WARNING if found else OK
    worst = max(worst, UNKNOWN) if silent and worst != CRITICAL else worst
    first = _lines(answers, silent, named=True)[0]
    if worst == UNKNOWN:
        first = f"{silent[0].where(named=True)}: {silent[0].what}"
    elif found:
        plan, label, finding = found[0]
        first = f"{_place(plan, label)}: {finding.what}"
    values = " ".join(_perfdata(*answer) for answer in answers if answer[2].newest)
    say(f"BACKUPTOOL {WORDS[worst]} - {_piped(first)} | {values}".rstrip(" |"), *map(_piped, lines))
    return worst


def _perfdata(plan: Plan, place: int, one: Checked) -> str:
    assert one.newest is not None  # noqa: S101 - asked before
    assert one.age is not None  # noqa: S101 - it comes with the newest
    name, limit = f"{plan.name}_{place}", plan.check.max_age.total_seconds()
    return (
        f"{name}_age={one.age.total_seconds():.0f}s;;{limit:.0f} "
        f"{name}_size={one.newest.size}B;;{plan.check.min_size}: {name}_count={one.count}"
    )


def _piped(text: str) -> str:
    """Nagios takes what follows such a bar for performance data, in every line."""
    return text.replace("|", " ")


def _one_line(text: str) -> str:
    return " ".join(_piped(text).split())


def _as_json(plan: Plan, one: Checked) -> dict[str, Any]:
    critical = any(finding.critical for finding in one.findings)
    return {
        "plan": plan.name,
        "store": one.label,
        "state": "critical" if critical else "warning" if one.findings else "ok",
        "backups": one.count,
        "newest": one.newest.name if one.newest else None,
        "age": round(one.age.total_seconds()) if one.age is not None else None,
        "size": one.newest.size if one.newest else None,
        "tables": one.tables,
        "findings": [{"critical": finding.critical, "what": finding.what} for finding in one.findings],
    }


def _unknown(silent: Silent) -> dict[str, Any]:
    row: dict[str, Any] = dict.fromkeys(("plan", "store", "state", "backups", "newest", "age", "size", "tables"))
    findings = [{"critical": False, "what": silent.what}]
    return row | {"plan": silent.plan, "store": silent.store or None, "state": "unknown", "findings": findings}
