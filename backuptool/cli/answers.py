"""What stores answered to `backuptool check`, and which did not, in lines and as JSON."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from backuptool.check import Checked, Finding
from backuptool.cli.show import age, number, size
from backuptool.config import Plan
from backuptool.copies import named
from backuptool.errors import BackuptoolError

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
        return one_line(self.error.message)

    def where(self, *, with_plan: bool) -> str:
        """What stands before `what`: the plan alone where that names the store itself."""
        if not self.store or named(self.store, self.error) is self.error:
            return f"plan {self.plan}"
        return place_of(self.plan, self.store, named=with_plan)


def worst_first(answers: list[Answer]) -> list[tuple[str, str, Finding]]:
    """Each with its plan and store, the worst first."""
    found = [(plan.name, one.label, finding) for plan, _, one in answers for finding in one.findings]
    return sorted(found, key=lambda each: not each[2].critical)


def several(answers: list[Answer], silent: list[Silent]) -> bool:
    """Whether more than one plan was checked: then a store's name does not say which one a line is about."""
    return len({plan.name for plan, _, _ in answers} | {one.plan for one in silent}) > 1


def place_of(plan: str, label: str, *, named: bool = True) -> str:
    """What messages call a store; `named`: with its plan."""
    return f"{plan} in {label}" if named else label


def in_lines(answers: list[Answer], silent: list[Silent], *, verbose: bool = False, named: bool = False) -> list[str]:
    """For a person; `named`: each store with its plan, also where there is one plan."""
    named = named or several(answers, silent)
    said = [
        line for plan, _, one in answers
        for line in _in_words(one, place_of(plan.name, one.label, named=named), verbose=verbose)
    ]  # fmt: skip
    return said + [f"{one.where(with_plan=named)}: UNKNOWN: {one.what}" for one in silent]


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


def unbarred(text: str) -> str:
    """Nagios takes what follows such a bar for performance data, in every line."""
    return text.replace("|", " ")


def one_line(text: str) -> str:
    """The same without breaks: of a configuration's mistakes each has a line."""
    return " ".join(unbarred(text).split())


def as_json(plan: Plan, one: Checked) -> dict[str, Any]:
    """A row of the document, as docs/operations.md has it."""
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


def unknown(silent: Silent) -> dict[str, Any]:
    """The same of what could not be asked."""
    row: dict[str, Any] = dict.fromkeys(("plan", "store", "state", "backups", "newest", "age", "size", "tables"))
    findings = [{"critical": False, "what": silent.what}]
    return row | {"plan": silent.plan, "store": silent.store or None, "state": "unknown", "findings": findings}
