"""What the pages in docs/ show is what there is: commands, links, configuration, JSON."""

from __future__ import annotations

import re
import shlex
import tomllib
from pathlib import Path

import pytest

from backuptool.cli.commands import COMMANDS
from backuptool.cli.parser import parser
from backuptool.config import TABLES, fields

TOP = Path(__file__).parents[1]
PAGES = [*sorted((TOP / "docs").glob("*.md")), *(TOP / name for name in ("README.md", "CHANGELOG.md"))]
LINES = [
    (page.name, line)
    for page in PAGES
    for block in re.findall(r"```sh\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)
    for line in block.splitlines()
    if line.startswith("backuptool ")
]
FRAGMENTS = [
    (page.name, block)
    for page in PAGES
    for block in re.findall(r"```toml\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)
]


@pytest.mark.parametrize(("page", "line"), LINES)
def test_every_command_line_of_theirs_parses(page: str, line: str) -> None:
    assert parser().parse_args(shlex.split(line, comments=True)[1:]).command in COMMANDS


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_between_them_leads_somewhere(page: Path) -> None:
    links = re.findall(r"\]\((?!https?://)([^)#]+)", page.read_text(encoding="utf-8"))
    assert [link for link in links if not (page.parent / link).exists()] == []


@pytest.mark.parametrize(("page", "block"), FRAGMENTS)
def test_every_key_they_show_is_one(page: str, block: str) -> None:
    known = {key for _, table in TABLES.values() for key in fields(table)}
    table = tomllib.loads(block)
    assert set(table) <= known


def test_the_operations_page_names_the_fields_of_each_commands_json() -> None:
    """tests/cli/test_json.py compares them with what is printed."""
    assert set(documented()) == {"backup", "list", "verify", "drill", "prune", "check", "doctor"}


def test_a_newcomer_in_the_tests_gets_one_table_back_with_the_commands_of_the_questions() -> None:
    recipe = (TOP / "docs" / "faq.md").read_text(encoding="utf-8").partition("get one table back?")[2]
    session = (TOP / "integration" / "newcomer.txt").read_text(encoding="utf-8").splitlines()
    played = [line.removeprefix("$ ") for line in session if line.startswith("$ ")]
    commands = recipe.partition("```sh\n")[2].partition("```")[0].splitlines()
    assert sorted(commands, key=played.index) == commands
    statements = re.findall(r"`((?:CREATE|ALTER) [^`]+)`", recipe.partition("\n**")[0])
    assert len(commands) == 4
    assert any(all(f'"{one}"' in line for one in statements) for line in played if statements)


def documented() -> dict[str, list[str]]:
    """The fields of each command's JSON, as docs/operations.md has them."""
    page = (TOP / "docs" / "operations.md").read_text(encoding="utf-8").partition("## JSON\n")[2]
    return {
        name: re.findall(r"`(\w+)`", row) for name, row in re.findall(r"^\| `(\w+)` \| (.*) \|$", page, re.MULTILINE)
    }
