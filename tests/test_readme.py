"""What the README shows is what there is: commands run, its configuration is one, its lines for the night install."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tomllib
from datetime import timedelta
from pathlib import Path

import pytest

from backuptool.cli.commands import COMMANDS
from backuptool.cli.parser import EXIT_CODES, parser
from backuptool.config import TABLES, check_config, fields
from backuptool.config.duration import in_words
from backuptool.errors import UsageError
from backuptool.sop import tables
from release.pyz import VERSIONS

TOP = Path(__file__).parents[1]
README = (TOP / "README.md").read_text(encoding="utf-8")
CONFIGURATION = (TOP / "docs" / "configuration.md").read_text(encoding="utf-8")
SHELL, TOML = (re.findall(rf"```{kind}\n(.*?)```", README, re.DOTALL) for kind in ("sh", "toml"))
LINES = [line for block in SHELL for line in block.splitlines()]
OURS = [line.partition("#")[0].split() for line in LINES if line.startswith("backuptool ")]
KEYS = [
    (kind, key, default)
    for kinds, key, default in re.findall(
        r"^\| ((?:`\w+` )+)\| `(\w+)` \| (.*?) \| .* \|$", CONFIGURATION, re.MULTILINE
    )
    for kind in re.findall(r"\w+", kinds)
]


def test_its_first_two_commands_are_targets_that_the_makefile_explains() -> None:
    assert SHELL[:2] == ["make demo\n", "make test\n"]
    shown = subprocess.run(["make", "-C", TOP, "help"], capture_output=True, text=True, check=True).stdout
    assert "make demo " in shown
    assert "make test " in shown


def test_it_shows_what_the_first_one_prints_in_a_picture_that_is_there() -> None:
    (picture,) = re.findall(r"^!\[.*make demo.*\]\((\S+)\)$", README, re.MULTILINE)
    assert "backuptool demo: " in (TOP / picture).read_text(encoding="utf-8")


def test_a_newcomer_in_the_tests_installs_it_with_the_commands_that_it_shows() -> None:
    session = (TOP / "integration" / "newcomer.txt").read_text(encoding="utf-8").replace(" -q ", " ")
    (block,) = (block for block in SHELL if "-m venv" in block)
    for line in block.splitlines():
        assert f"\n$ {line.partition('#')[0].strip()}\n" in session


def test_the_one_file_tools_that_it_names_are_those_that_are_built() -> None:
    assert set(re.findall(r"backuptool-(py\d+)\.pyz", README)) == set(VERSIONS)


def test_no_table_of_the_configuration_is_cut_in_two() -> None:
    """Rows that follow a blank line and no head are no table."""
    heads = re.findall(r"\n\n(\|.*)\n(.*)\n", CONFIGURATION)
    assert [first for first, second in heads if not second.startswith("|---")] == []


def test_ci_runs_the_command_that_the_readme_shows_for_the_tests() -> None:
    assert re.search(r'^step "make test" make test$', (TOP / ".ci" / "run").read_text(), re.MULTILINE)


@pytest.mark.parametrize("words", OURS, ids=" ".join)
def test_every_command_line_of_it_parses(words: list[str]) -> None:
    assert parser().parse_args(words[1:]).command in COMMANDS


def test_every_command_is_in_its_table() -> None:
    rows = re.findall(r"^\| `backuptool (\w+)", README, re.MULTILINE)
    assert rows == list(COMMANDS)


def test_its_exit_codes_are_those_of_the_help_text() -> None:
    assert EXIT_CODES.partition(": ")[2].split() == README.partition("Exit codes: ")[2].partition(".\n")[0].split()


def test_its_configuration_is_one() -> None:
    text = TOML[0]
    plan = check_config(tomllib.loads(text), "README").plan("broker")
    with pytest.raises(UsageError, match=r"webdav_password\.txt"):  # all is understood; what it names is not here
        plan.open_stores()


def test_what_it_shows_for_recipients_stands_in_place_of_the_passphrase_file() -> None:
    whole, recipients = TOML[0], next(block for block in TOML if "recipients" in block)
    text = re.sub(r"^passphrase_file = .*$", lambda _: recipients, whole, count=1, flags=re.MULTILINE)
    plan = check_config(tomllib.loads(text), "README").plan("broker")
    assert (plan.passphrase_file, len(plan.recipients), plan.signers is None) == (None, 1, False)


def test_what_it_shows_for_being_told_is_a_part_of_a_plan() -> None:
    told = re.findall(r"```toml\n(notify.*?)```", CONFIGURATION, re.DOTALL)[0]
    text = TOML[0].replace("[plans.broker]\n", f"[plans.broker]\n{told}", 1)
    plan = check_config(tomllib.loads(text), "README").plan("broker")
    assert (str(plan.notify.open()), plan.hooks.before) == ("hc-ping.com", ("docker", "pause", "importer"))


def test_its_five_variables_of_the_old_script_are_a_configuration() -> None:
    (block,) = (block for block in SHELL if "CURL_CONF" in block)
    exports = block.replace("exec /usr/local/bin/backuptool backup", "env -0")
    printed = subprocess.run(["sh", "-c", exports], capture_output=True, text=True, check=True, env={}).stdout
    environment = dict(item.split("=", 1) for item in printed.split("\0") if "=" in item)
    assert "broker-db-backup" in check_config(tables(environment), "README").plans


def test_every_key_of_the_configuration_is_in_its_table_and_no_other() -> None:
    there_are = [(kind, key) for kind, (_, table) in TABLES.items() for key in fields(table)]
    assert sorted((kind, key) for kind, key, _ in KEYS) == sorted(there_are)


@pytest.mark.parametrize(("kind", "key", "shown"), KEYS)
def test_what_its_table_says_of_a_default_is_true(kind: str, key: str, shown: str) -> None:
    field = fields(TABLES[kind][1])[key]
    if (kind, key) == ("script", "type"):  # the table has the default that all sources share
        return
    if field.is_required() or "must be given" in shown:
        assert field.is_required() == (shown == "must be given")
    elif isinstance(field.default, str | tuple | int | float) and (field.default or field.default is False):
        assert json.dumps(json.loads(shown.strip("`"))) == json.dumps(field.default)
    elif isinstance(field.default, timedelta):
        assert shown == f'`"{in_words(field.default)}"`'


@pytest.mark.needs("systemd-analyze")
def test_its_lines_for_every_night_install_what_they_say(tmp_path: Path) -> None:
    lines = [words for words in OURS if words[1] == "install"]
    assert [words[2] for words in lines] == ["cron", "systemd"]
    config = tmp_path / "config.toml"
    config.write_text(f'state_dir = "{tmp_path}"\n{TOML[0]}')
    for folder in ("etc/cron.daily", "etc/systemd/system"):
        (tmp_path / folder).mkdir(parents=True)
    for words in lines:
        argv = [sys.executable, "-m", *words, "--config", str(config), "--root", str(tmp_path)]
        subprocess.run(argv, check=True, capture_output=True)
    assert os.access(tmp_path / "etc/cron.daily/backuptool", os.X_OK)
    assert (tmp_path / "etc/systemd/system/timers.target.wants/backuptool.timer").is_symlink()
