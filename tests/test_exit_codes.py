"""What a program ends with is what the help, the README and docs/operations.md say: monitoring acts on the number."""

from __future__ import annotations

import re
from pathlib import Path

from backuptool import errors
from backuptool.cli.parser import EXIT_CODES
from backuptool.errors import BackuptoolError, Interrupted

TOP = Path(__file__).parents[1]
WORDS = {
    0: "done", 1: "failed", 2: "usage or configuration", 3: "partly done", 4: "verification failed", 5: "source",
    6: "store", 11: "locked",
}  # fmt: skip


def kinds(of: type[BackuptoolError] = BackuptoolError) -> set[type[BackuptoolError]]:
    return {of}.union(*(kinds(kind) for kind in of.__subclasses__() if kind.__module__ == errors.__name__))


def test_each_kind_of_error_has_the_code_that_the_help_gives_it() -> None:
    text = " ".join(EXIT_CODES.partition(": ")[2].split())
    said = dict(re.findall(r"(\d+) ([a-z ]+?)(?:,|$)", text.partition(", 128+n")[0]))
    assert {int(code): word for code, word in said.items()} == WORDS
    assert {kind.exit_code for kind in kinds()} == set(WORDS) - {0}
    by_name = {
        "BackuptoolError": 1, "Overdue": 1, "UsageError": 2, "Mistakes": 2, "PartlyDone": 3, "VerificationError": 4,
        "SourceError": 5, "CommandFailed": 5, "StoodStill": 5, "StoreError": 6, "Locked": 11,
    }  # fmt: skip
    assert {kind.__name__: kind.exit_code for kind in kinds()} == by_name
    assert Interrupted(15).exit_code == 143


def test_the_tree_of_errors_draws_the_codes_that_they_have() -> None:
    drawn = re.findall(r"(\w+) +(\d+)  ", errors.__doc__ or "")
    assert {name: int(code) for name, code in drawn} == {kind.__name__: kind.exit_code for kind in kinds()}


def test_the_page_for_every_night_has_each_of_them() -> None:
    page = (TOP / "docs" / "operations.md").read_text(encoding="utf-8")
    assert [int(code) for code in re.findall(r"^\| (\d+) \| ", page, re.MULTILINE)] == sorted(WORDS)
