"""Commands in the middle of a sentence or a table, and those that are indented, are ones that the tool has."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from backuptool.cli.commands import COMMANDS
from backuptool.cli.parser import parser

TOP = Path(__file__).parents[1]
PAGES = [*sorted((TOP / "docs").glob("*.md")), *sorted(TOP.glob("*.md"))]
SPAN = re.compile(r"`(backuptool (?!--)[^`]+)`|^(?: {4}|\t) *(backuptool .+)$", re.MULTILINE)
SPOKEN = [
    (page.name, " ".join((span[1] or span[2]).split())) for page in PAGES for span in SPAN.finditer(page.read_text())
]
NAMED = {"backuptool keygen", "backuptool keygen --signing"}  # without their folder: which command is meant


def words(command: str) -> list[str]:
    """As a person would type them: `[PLAN…]` and the like are words that may be there."""
    return shlex.split(re.sub(r"[\[\]…]", "", command), comments=True)[1:]


@pytest.mark.parametrize(("page", "command"), SPOKEN)
def test_it_parses(page: str, command: str) -> None:
    typed = words(f"{command} DIR" if command in NAMED else command)
    assert parser().parse_args(typed).command in COMMANDS


def test_there_are_many() -> None:
    assert len(SPOKEN) > 30
    assert {words(command)[0] for _, command in SPOKEN} >= {"backup", "verify", "restore", "drill", "prune", "check"}
