"""`backuptool check`: for monitoring, as exit code, as a Nagios plugin, as JSON."""

from __future__ import annotations

import argparse
import json
import logging
from datetime import UTC, datetime
from typing import Any

from backuptool.check import Check, Checked
from backuptool.cli.selection import keys, plans
from backuptool.cli.show import age, number, size
from backuptool.cli.streams import say
from backuptool.config import Plan
from backuptool.copies import look
from backuptool.errors import BackuptoolError, StoreError, VerificationError

log = logging.getLogger("backuptool")
# https://www.monitoring-plugins.org/doc/guidelines.html
OK, WARNING, CRITICAL, UNKNOWN = range(4)
WORDS = ("OK", "WARNING", "CRITICAL", "UNKNOWN")
Answer = tuple[Plan, Checked]
Silent = tuple[str, StoreError]


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
        say(json.dumps([_as_json(plan, one) for plan, one in answers], indent=2))
    else:
        say(*(line for _, one in answers for line in _in_words(one)))
    _raise_for(answers, silent)
    return 0


def _asked(arguments: argparse.Namespace) -> tuple[list[Answer], list[Silent]]:
    answers: list[Answer] = []
    silent: list[Silent] = []
    now = datetime.now(UTC)
    for plan in plans(arguments):
        at_hand = keys(arguments, plan)
        shelves, away = look(plan.open_stores())
        silent += away
        for shelf in shelves:
            try:
                answers.append((plan, Check(plan, shelf, at_hand, now).run()))
            except StoreError as error:
                silent.append((shelf.label, error))
    return answers, silent


def _raise_for(answers: list[Answer], silent: list[Silent]) -> None:
    found = [(one.label, finding) for _, one in answers for finding in one.findings]
    found.sort(key=lambda pair: not pair[1].critical)
    if found:
        label, first = found[0]
        more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
        raise VerificationError(f"{label}: {first.what}{more}", hint="backuptool list shows what is there")
    if silent:
        label, error = silent[0]
        raise StoreError(f"{label} did not answer: {error.message}", hint=error.hint)


def _in_words(one: Checked) -> list[str]:
    newest = f"newest {age(one.age)} old, {size(one.newest.size)}" if one.newest and one.age is not None else "none"
    tables = f", {number(one.tables, 'table')}" if one.tables is not None else ""
    lines = [f"{one.label}: {number(one.count, 'backup')}, {newest}{tables}"]
    lines += [f"  {'CRITICAL' if finding.critical else 'WARNING'}: {finding.what}" for finding in one.findings]
    return lines if one.findings else [*lines, "  OK"]


def _nagios(answers: list[Answer], silent: list[Silent]) -> int:
    findings = [finding for _, one in answers for finding in one.findings]
    worst = CRITICAL if any(one.critical for one in findings) else WARNING if findings else OK
    worst = max(worst, UNKNOWN) if silent and worst != CRITICAL else worst
    lines = [line for _, one in answers for line in _in_words(one)]
    lines += [f"{label}: UNKNOWN: {_one_line(error.message)}" for label, error in silent]
    if findings:
        first = next((one for one in findings if one.critical), findings[0]).what
    else:
        first = _one_line(silent[0][1].message) if silent else lines[0]
    values = " ".join(_perfdata(number, plan, one) for number, (plan, one) in enumerate(answers, 1) if one.newest)
    say(f"BACKUPTOOL {WORDS[worst]} - {first.replace('|', ' ')} | {values}".rstrip(" |"), *lines)
    return worst


def _perfdata(place: int, plan: Plan, one: Checked) -> str:
    assert one.newest is not None  # noqa: S101 - asked before
    assert one.age is not None  # noqa: S101 - it comes with the newest
    name, limit = f"{plan.name}_{place}", plan.check.max_age.total_seconds()
    return (
        f"{name}_age={one.age.total_seconds():.0f}s;;{limit:.0f} "
        f"{name}_size={one.newest.size}B;;{plan.check.min_size}: {name}_count={one.count}"
    )


def _one_line(text: str) -> str:
    return " ".join(text.replace("|", " ").split())


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
