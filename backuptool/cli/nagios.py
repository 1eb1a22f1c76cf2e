"""`backuptool check --nagios`: what a plugin prints, and its exit code."""

from __future__ import annotations

from backuptool.check import Checked
from backuptool.cli.answers import Answer, Silent, in_lines, place_of, several, unbarred, worst_first
from backuptool.cli.streams import say
from backuptool.config import Plan

# https://www.monitoring-plugins.org/doc/guidelines.html
OK, WARNING, CRITICAL, UNKNOWN = range(4)
WORDS = ("OK", "WARNING", "CRITICAL", "UNKNOWN")


def nagios(answers: list[Answer], silent: list[Silent]) -> int:
    """Print it, the worst first; the exit code."""
    found = worst_first(answers)
    worst = CRITICAL if any(one.critical for _, _, one in found) else WARNING if found else OK
    worst = max(worst, UNKNOWN) if silent and worst != CRITICAL else worst
    first, told = in_lines(answers, silent, named=True)[0], silent
    if worst == UNKNOWN:
        first, told = f"{silent[0].where(with_plan=True)}: {silent[0].what}", silent[1:]
    elif found:
        plan, label, finding = found[0]
        first = f"{place_of(plan, label)}: {finding.what}"
    values = " ".join(_perfdata(*answer) for answer in answers if answer[2].newest)
    lines = in_lines(answers, told, named=several(answers, silent))
    say(f"BACKUPTOOL {WORDS[worst]} - {unbarred(first)} | {values}".rstrip(" |"), *map(unbarred, lines))
    return worst


def _perfdata(plan: Plan, place: int, one: Checked) -> str:
    assert one.newest is not None  # noqa: S101 - asked before
    assert one.age is not None  # noqa: S101 - it comes with the newest
    name, limit = f"{plan.name}_{place}", plan.check.max_age.total_seconds()
    return (
        f"{name}_age={one.age.total_seconds():.0f}s;;{limit:.0f} "
        f"{name}_size={one.newest.size}B;;{plan.check.min_size}: {name}_count={one.count}"
    )
