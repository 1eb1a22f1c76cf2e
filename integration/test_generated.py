"""Man page, completions and schema: those of this parser and these models, and what reads them understands them."""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

from backuptool.cli.commands import COMMANDS

TOP = Path(__file__).parents[1]
SHARE = TOP / "backuptool" / "data" / "share"
BASH = """
source "$1"
complete -p backuptool > /dev/null
COMP_WORDS=(backuptool "${@:2}"); COMP_CWORD=$(($# - 1))
_shtab_backuptool backuptool "${@: -1}" "${@: -2:1}"
printf '%s\\n' "${COMPREPLY[@]}"
"""


def files(folder: Path) -> dict[str, str]:
    return {str(path.relative_to(folder)): path.read_text() for path in folder.rglob("*") if path.is_file()}


def output(*argv: str | Path) -> str:
    return subprocess.run(argv, check=True, capture_output=True, text=True).stdout


@pytest.mark.skipif(sys.version_info[:2] != (3, 11), reason="argparse writes help in another way; CI has 3.11")
def test_they_are_what_make_generated_writes(tmp_path: Path) -> None:
    output(sys.executable, TOP / ".ci" / "generate", tmp_path)
    assert files(tmp_path) == files(SHARE)


def test_the_man_page_has_every_command_and_mandoc_finds_no_error() -> None:
    page = SHARE / "man" / "man1" / "backuptool.1"
    output("mandoc", "-Tlint", "-W", "error", page)
    text = output("mandoc", "-Tascii", page).replace("\b", "")
    assert all(name in text for name in COMMANDS)
    assert "EXIT STATUS" in page.read_text()


@pytest.mark.parametrize(("words", "offered"), [(["pr"], "prune"), (["prune", "--dr"], "--dry-run")])
class TestTheShell:
    def test_bash_completes(self, words: list[str], offered: str) -> None:
        file = SHARE / "bash-completion" / "completions" / "backuptool"
        assert output("bash", "-euc", BASH, "bash", file, *words).split() == [offered]

    def test_fish_completes(self, words: list[str], offered: str) -> None:
        file = SHARE / "fish" / "vendor_completions.d" / "backuptool.fish"
        found = output("fish", "--no-config", "-c", f"source {file}; complete -C 'backuptool {' '.join(words)}'")
        assert [line.split("\t")[0] for line in found.splitlines()] == [offered]


def test_zsh_reads_its_completion() -> None:
    file = SHARE / "zsh" / "site-functions" / "_backuptool"
    assert file.read_text().startswith("#compdef backuptool")
    output("zsh", "-fnc", f"source {file}")


def keys(schema: dict[str, Any], table: dict[str, Any]) -> set[str]:
    found = schema["$defs"][table["$ref"].rpartition("/")[2]] if "$ref" in table else table
    return set(found["properties"])


def test_the_schema_knows_the_keys_of_the_configuration_in_the_readme() -> None:
    schema = json.loads((SHARE / "backuptool" / "config.schema.json").read_text())
    text = (TOP / "README.md").read_text().partition("```toml\n")[2].partition("```")[0]
    plans = tomllib.loads(text)["plans"]
    (plan,) = schema["properties"]["plans"]["patternProperties"].values()
    assert keys(schema, plan) >= set(plans["broker"])
