"""`backuptool doctor`: a list of what is well and what is not, each with what was found and what to do."""

from __future__ import annotations

import argparse
import json
import re
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
SETTING = re.compile(r"\w+ = \{[^}]*\}")  # TOML has it in one line only
JOINED = "\0"  # a blank that is none to textwrap


def run(arguments: argparse.Namespace) -> None:
    """Look, and show what was found as it is found. Raises BackuptoolError when anything failed."""
    findings = doctor(config_file(arguments), plans(arguments), arguments.root)
    seen = _as_json(findings) if arguments.json else _as_list(findings)
    failed = [one.check for one in seen if one.grade == "failed"]
    if failed:
        raise BackuptoolError(
            f"{len(failed)} of {len(seen)} checks failed: {', '.join(dict.fromkeys(failed))}",
            hint="the list says below each what to do about it",
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
    found = one.found.removeprefix(f"{one.check} {one.store}: ")  # both stand there already
    yield from _wrapped(head, " ".join(found.split()))
    if one.hint:
        yield from _wrapped(INDENT, f"hint: {' '.join(one.hint.split())}")


def _wrapped(head: str, text: str) -> list[str]:
    """Paths are not broken, nor are lines of a configuration: they are copied."""
    whole = SETTING.sub(lambda found: found[0].replace(" ", JOINED), text)
    lines = textwrap.wrap(
        whole, WIDTH, initial_indent=head, subsequent_indent=INDENT, break_long_words=False, break_on_hyphens=False
    )
    return [line.replace(JOINED, " ") for line in lines]
