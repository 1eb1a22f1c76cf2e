"""What lands in PREFIX/share says what the parser and the models say."""

from __future__ import annotations

import argparse
import json
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from backuptool.cli.parser import parser
from backuptool.config import TABLES, check_config, fields
from backuptool.errors import UsageError
from release import share as module
from release.manpage import actions, commands, manual
from release.schema import schema
from release.share import completion, main, share, write

TOP = Path(__file__).parents[2]
TREE = commands(parser())
OPTIONS = [
    (name, option)
    for name, command in {"": parser(), **TREE}.items()
    for action in actions(command)
    for option in action.option_strings
    if option.startswith("--")
]


def plain(roff: str) -> str:
    return roff.replace("\\-", "-")


def sections(page: str) -> dict[str, str]:
    return {part.split("\n")[0].split()[1]: part for part in re.split(r"^\.SS ", plain(page), flags=re.MULTILINE)[1:]}


def test_the_page_has_every_command_and_option_of_the_parser() -> None:
    page = manual(parser(), "1.2.3", "2026-11-25")
    assert page.startswith('.TH BACKUPTOOL 1 "2026-11-25" "backuptool 1.2.3"\n')
    assert list(sections(page)) == list(TREE)
    for name, option in OPTIONS:
        if option != "--help":
            assert f"\\fB{option}\\fR" in (sections(page)[name] if name else plain(page)), (name, option)


def test_the_page_says_what_there_is_to_choose_from() -> None:
    page = sections(manual(parser(), "1.2.3", "2026-11-25"))
    assert page["install"].startswith("backuptool install [OPTION]... {cron,systemd}\n")
    assert page["uninstall"].startswith("backuptool uninstall [OPTION]... [{cron,systemd}]\n")
    assert "\n.TP\n.I {cron,systemd}\n" in page["install"]


def test_every_operand_and_option_says_what_it_is() -> None:
    shown = [(name, one) for name, command in {"": parser(), **TREE}.items() for one in actions(command)]
    assert [(name, one.dest) for name, one in shown if not one.help] == []


def test_the_page_says_what_each_exit_code_means() -> None:
    page = plain(manual(parser(), "1", "2026-11-25")).partition(".SH EXIT STATUS\n")[2].partition(".SH")[0]
    assert re.findall(r"\.B (\S+)\n(.*)", page)[-2:] == [("11", "locked"), ("128+n", "ended by signal n")]


def test_text_that_roff_would_take_for_its_own_is_shown_as_it_is() -> None:
    hostile = argparse.ArgumentParser("tool", description=r"A \fBtool\fR - with `ticks`.", epilog="exit codes: 0 done")
    made = hostile.add_subparsers().add_parser(
        "x", description="Words that go on and on until the line ends, then .TP is."
    )
    made.add_argument("--file", help=".so /etc/passwd is no request here, 100%% sure")
    page = manual(hostile, "1", "2026-11-25")
    assert not re.search(r"^\.(so|TP is)", page, re.MULTILINE)
    assert r"\efBtool\efR \- with \(gaticks\(ga" in page
    assert "100% sure" in page


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_completion_knows_every_command_and_option(shell: str) -> None:
    script = completion(shell)
    for name, option in OPTIONS:
        assert name in script
        assert (option if shell != "fish" else f" -l {option[2:]}") in script or f"-l '{option[2:]}'" in script, option


def test_files_are_completed_where_a_file_is_asked_for() -> None:
    assert "--passphrase-file[in place of the plan\\'s]:PATH:_files" in completion("zsh")
    assert "_shtab_backuptool_keygen_pos_0_COMPGEN=_shtab_compgen_dirs" in completion("bash")


def test_the_same_files_are_made_twice_and_nothing_else(tmp_path: Path) -> None:
    assert share() == share()
    write(tmp_path)
    assert {
        str(path.relative_to(tmp_path)): path.read_text() for path in tmp_path.rglob("*") if path.is_file()
    } == share()


def test_a_version_that_the_changelog_does_not_know_is_said_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(module, "__version__", "9.9.9")
    assert main(str(tmp_path)) == 1
    assert capsys.readouterr().err == "generated: CHANGELOG.md has no section [9.9.9]\n"
    assert list(tmp_path.iterdir()) == []


SCHEMA = Draft202012Validator(schema(), format_checker=Draft202012Validator.FORMAT_CHECKER)


def mistakes(text: str) -> list[str]:
    """What the schema has against a configuration; dates as an editor's validator sees them, as text."""
    content = json.loads(json.dumps(tomllib.loads(text), default=lambda day: day.isoformat()))
    return [error.json_path for error in SCHEMA.iter_errors(content)]


def documented() -> Iterator[str]:
    """Every configuration in the README and docs/ that is a whole one."""
    for path in (TOP / "README.md", *sorted((TOP / "docs").glob("*.md"))):
        for block in re.findall(r"```toml\n(.*?)```", path.read_text(encoding="utf-8"), re.DOTALL):
            if "[plans." in block and "stores" in block:
                yield block


WHOLE = """
state_dir = "/s"
[plans.broker]
passphrase_file = "/p"
old_passphrase_files = ["/a", { file = "/b", until = 2026-03-01 }, { file = "/c", until = 2026-03-01T12:00:00Z }]
time_limit = "5h"
keep = { last = 7, within = "3d" }
check = { max_age = "26h" }
drill = { assert = ["select true"] }
[plans.broker.source]
shell = { type = "container", name = "db", host = { type = "ssh", host = "db1" } }
[[plans.broker.stores]]
type = "webdav"
url = "https://x.example/"
user = "u"
password_file = "/w"
limit_rate = "500k"
"""


def test_the_schema_takes_what_the_tool_takes() -> None:
    for text in (WHOLE, WHOLE.replace('"/p"', '"credential:night"'), *documented()):
        check_config(tomllib.loads(text), "test")
        assert mistakes(text) == []


@pytest.mark.parametrize(
    ("change", "place"),
    [
        (('time_limit = "5h"', 'time_limit = "five hours"'), "$.plans.broker.time_limit"),
        (('"3d"', "3"), "$.plans.broker.keep.within"),
        (("[plans.broker]", "[plans.Broker]"), "$.plans"),
        (("state_dir", "stat_dir"), "$"),
        (("last = 7", "last = -1"), "$.plans.broker.keep.last"),
        (("last = 7", 'last = "7"'), "$.plans.broker.keep.last"),
        (('"/s"', '"s"'), "$.state_dir"),
        (('"/p"', '"p"'), "$.plans.broker.passphrase_file"),
        (('"/p"', '"credential:a:b"'), "$.plans.broker.passphrase_file"),
    ],
)
def test_the_schema_refuses_what_the_tool_refuses(change: tuple[str, str], place: str) -> None:
    text = WHOLE.replace(*change).replace(
        "plans.broker.", "plans.Broker." if "Broker" in change[1] else "plans.broker."
    )
    with pytest.raises(UsageError):
        check_config(tomllib.loads(text), "test")
    assert place in mistakes(text)


def nodes(node: Any) -> Iterator[dict[str, Any]]:
    if isinstance(node, dict):
        yield node
    for each in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from nodes(each)


def test_the_schema_has_every_key_and_nothing_that_toml_has_not() -> None:
    keys = {key for node in nodes(schema()) for key in node.get("properties", {})}
    assert keys == {key for _, table in TABLES.values() for key in fields(table)}
    assert not [node for node in nodes(schema()) if node.get("type") == "null" or node.get("default", 0) is None]
