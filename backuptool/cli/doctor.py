"""`backuptool doctor`: a list of what is well and what is not, each with what was found and what to do."""

from __future__ import annotations

import argparse
import json
import textwrap
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from itertools import groupby

from backuptool.cli.selection import config_file, plans
from backuptool.cli.streams import say
from backuptool.doctor import Finding, doctor
from backuptool.errors import BackuptoolError

MARKS = {"ok": "ok", "warning": "WARNING", "failed": "FAILED", "skipped": "-"}
INDENT = " " * 24
WIDTH = 80


def run(arguments: argparse.Namespace) -> None:
    """Look, and show what was found as it is found. Raises BackuptoolError when anything failed."""
    findings = doctor(config_file(arguments), plans(arguments), arguments.root)
    seen = _as_json(findings) if arguments.json else _as_list(findings)
    failed = [one.check for one in seen if one.grade == "failed"]
    if failed:
        raise BackuptoolError(
            f"{len(failed)} of {len(seen)} checks failed: {', '.join(dict.fromkeys(failed))}",
            hint="what to do about each stands below it",
        )


def _as_json(findings: Iterable[Finding]) -> list[Finding]:
    seen = list(findings)
    say(json.dumps([{name: value or None for name, value in asdict(one).items()} for one in seen], indent=2))
    return seen


def _as_list(findings: Iterable[Finding]) -> list[Finding]:
    seen: list[Finding] = []
    for (plan, store), of_one in groupby(findings, key=lambda one: (one.plan, one.store)):
        say(f"plan {plan}, {store}" if store else f"plan {plan}" if plan else "this host")
        for one in of_one:
            say(*_lines(one))
            seen.append(one)
    return seen


def _lines(one: Finding) -> Iterator[str]:
    """The mark, the check, what was found; the hint below it."""
    head = f"  {MARKS[one.grade]:8}{one.check:14}"
    yield from _wrapped(head, " ".join(one.found.split()))
    if one.hint:
        yield from _wrapped(INDENT, f"hint: {' '.join(one.hint.split())}")


def _wrapped(head: str, text: str) -> list[str]:
    """Paths are not broken: they are copied."""
    return textwrap.wrap(
        text, WIDTH, initial_indent=head, subsequent_indent=INDENT, break_long_words=False, break_on_hyphens=False
    )
