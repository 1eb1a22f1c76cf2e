"""Files that a script sources."""

from __future__ import annotations

from pathlib import Path

import pytest

from backuptool.shellscript import Called, Unclear, Value
from tests.shellscript.reading import doubt_of_x, in_bash, read, value_of_x


def test_a_file_that_it_sources_is_read_too(tmp_path: Path) -> None:
    (tmp_path / "more").write_text("X=from-there\n")
    script = read(tmp_path, f'HERE="{tmp_path}"\n. "$HERE/more"\nsource /none/there\n')
    assert script.variables["X"] == Value("from-there", tmp_path / "more", 1)
    assert [one.name for one in script.unread] == ["/none/there"]


KNOWN = [
    "[ -f HERE/more ] && . HERE/more", "test -r HERE/more && . HERE/more", "if [ -f HERE/more ]; then . HERE/more; fi",
    "[[ -s HERE/more && -r HERE/more ]] && echo there && command source HERE/more", "[ -f HERE/more ] || . HERE/other",
    "if [ -f HERE/more ]; then . HERE/more; elif [ -f HERE/other ]; then . HERE/other; fi",
    "if [ -f HERE/more ]; then . HERE/more; else . HERE/other; fi", "[ ! -f HERE/more ] && . HERE/more",
    "if ! [ -f HERE/more ]; then . HERE/more; fi", "[[ ! -f HERE/more ]] && . HERE/more", ". HERE/more || exit 1",
    "[ -f HERE/more ] || exit 1; . HERE/more", ". HERE/guarded", ". HERE/guarded; X=b; . HERE/guarded",
    ". HERE/ends; Y=b",
    "f() { [ -f $1 ] || return 1; . $1; }; f HERE/more || exit 1",
    "die() { exit 1; }; [ -f HERE/more ] || die; . HERE/more",
]  # fmt: skip
UNCLEAR = [
    '[ "$1" = test ] && . HERE/more', "test -f /none/there && . HERE/more", "[ -d HERE/more ] && . HERE/more",
    '[ "$1" = test ] && [ -f HERE/more ] && . HERE/more', '[ -f HERE/more -a "$1" = test ] && . HERE/more',
    'if [ "$1" = test ]; then [ -f HERE/more ] && . HERE/more; fi', "[[ -f HERE/more && $1 == test ]] && . HERE/more",
    ". HERE/halfway", ". HERE/either", "f() { . HERE/halfway; }; f",
]  # fmt: skip
FILES = {
    "more": "X=from-there\n",
    "other": "X=from-elsewhere\n",
    "guarded": '[ -n "${LOADED:-}" ] && return\nLOADED=1\nX=from-there\n',
    "ends": "X=from-there\nreturn 0\nX=from-elsewhere\n",
    "halfway": "X=from-there\ntest -d / && return\nX=from-elsewhere\n",
    "either": "if test $1; then\n  X=from-there\n  return\nfi\nX=from-elsewhere\n",
}


@pytest.fixture
def here(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        (tmp_path / name).write_text(text)
    return tmp_path


@pytest.mark.parametrize("text", KNOWN)
def test_what_a_sourced_file_sets_is_what_bash_makes_of_it(here: Path, text: str) -> None:
    text = f"X=a\n{text}".replace("HERE", str(here))
    assert value_of_x(here, text) == in_bash(here, text)


@pytest.mark.parametrize("text", UNCLEAR)
def test_what_is_sourced_or_set_there_under_another_condition_is_not_known(here: Path, text: str) -> None:
    found = read(here, f"X=a\n{text}".replace("HERE", str(here))).held("X")
    assert isinstance(found, Unclear), found
    assert found.why == "is set to one or the other under a condition"


def test_files_that_source_each_other_come_to_an_end(tmp_path: Path) -> None:
    assert read(tmp_path, f"X=a\n. {tmp_path}/script\n").variables["X"] == Value("a", tmp_path / "script", 1)


def test_what_a_function_sources_is_read_in_its_place(tmp_path: Path) -> None:
    (tmp_path / "more").write_text("X=$X-there\ng() { Y=c; }\n")
    text = f"X=a; Y=b\nf() {{ local X=own\n. {tmp_path}/more\nZ=$X; g; }}\nf\ng\n"
    found = read(tmp_path, text).variables
    assert {name: value.text for name, value in found.items() if isinstance(value, Value)} == {
        "X": "a", "Y": "c", "Z": "own-there",
    }  # fmt: skip


def test_a_function_of_another_file_is_followed_there(tmp_path: Path) -> None:
    more = tmp_path / "more"
    more.write_text("f() {\n X=$A/b\n a $A\n}\n")
    script = read(tmp_path, f". {more}\nA=/a\nf\nY=c")
    assert script.variables["X"] == Value("/a/b", more, 2)
    assert script.variables["Y"] == Value("c", tmp_path / "script", 4)
    assert script.commands[1] == Called(("a", "/a"), more, 3)


def test_a_file_without_a_folder_is_that_of_the_folder_in_which_it_runs(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("X=from-there\n")
    text = f"cd {tmp_path} && [ -f .env ] && source .env"
    assert value_of_x(tmp_path, text) == in_bash(tmp_path, text)
    assert [one.name for one in read(tmp_path, ". .env").unread] == [".env"]


def test_another_shell_than_bash_may_know_no_source(tmp_path: Path) -> None:
    more = tmp_path / "more"
    more.write_text("X=b")
    assert value_of_x(tmp_path, f"#!/bin/bash\nX=a\nsource {more}") == "b"
    assert value_of_x(tmp_path, f"#!/bin/sh\nX=a\n. {more}") == "b"
    assert doubt_of_x(tmp_path, f"#!/bin/sh\nX=a\nsource {more}")[0] == "is set to one or the other under a condition"
