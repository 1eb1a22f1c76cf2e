"""What the commands that a script runs get: their words and their environment."""

from __future__ import annotations

from pathlib import Path

import pytest

from backuptool.shellscript import Called, inner_script
from tests.shellscript.reading import read


def test_a_variable_for_one_command_only_is_not_set(tmp_path: Path) -> None:
    script = read(tmp_path, "PGPASSWORD=x pg_dump -h db\n")
    assert script.variables == {}
    assert script.commands == [Called(("pg_dump", "-h", "db"), tmp_path / "script", 1, environment=("PGPASSWORD=x",))]


@pytest.mark.parametrize(
    ("text", "environment"),
    [
        ("A=1; a", ()),
        ("export A=1; a", ("A=1",)),
        ("A=1; export A; A=2; a", ("A=2",)),
        ("declare -x A=1; a", ("A=1",)),
        ("export A; a", ()),
        ("export A=1; A=2 a", ("A=2",)),
        ("export A=1; A+=2 a", ("A=12",)),
        ("A=0; A=1 B=$A a", ("A=1", "B=1")),
        ("f() { a; }; A=1 f", ("A=1",)),
        ("f() { :; }; A=1 f; A=2; a", ()),
        ("f() { export B=1; }; export A=0; A=1 f; a", ("A=0", "B=1")),
        ("export A=$(date); B=$1 a", ("A=$", "B=$")),
        ("export A=1; unset A; A=2; a", ()),
        ("export A=1; export -n A; a", ()),
        ("set -a; A=1; set +a; B=1; a", ("A=1",)),
        ("set -eo allexport; A=1; a", ("A=1",)),
    ],
)
def test_a_command_gets_what_is_exported_and_what_stands_before_it(
    tmp_path: Path, text: str, environment: tuple[str, ...]
) -> None:
    assert read(tmp_path, text).commands[-1].environment == environment


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("B=1; f() { a $B; }; B=2; f", ("a", "2")),
        ("f() { a $B; }; B=2; f; B=3", ("a", "2")),
        ("f() { a $B; }; B=2; f | true", ("a", "2")),
        ("f() { a $B; }; B=2; C=$(f)", ("a", "2")),
        ("f() { a $B; }; B=2; f; B=3; f", ("a", None)),
        ("f() { a $B; }; g() { B=2; }; h() { g; f; }; h", ("a", "2")),
        ("f() { C=$(a $B); }; B=2; f", ("a", "2")),
        ("f() { a $B; }; B=2; trap f EXIT; B=2", ("a", "2")),
        ("f() { a $B; }; B=2; trap f EXIT; B=3", ("a", "3")),
        ("f() { a $B; }; B=2; trap f USR1; B=3", ("a", None)),
    ],
)
def test_a_command_in_a_function_gets_what_there_is_when_that_is_called(
    tmp_path: Path, text: str, words: tuple[str | None, ...]
) -> None:
    assert [one.words for one in read(tmp_path, text).commands if one.words[0] == "a"] == [words]


def test_behind_a_return_under_a_condition_the_body_knows_what_it_sets(tmp_path: Path) -> None:
    script = read(tmp_path, "f() { test -d / || return; X=b; export Y=$X; a $X; X=c\na $X; }; X=a\nf\nb $X")
    assert [(one.words, one.environment) for one in script.commands if one.words[0] in {"a", "b"}] == [
        (("a", "b"), ("Y=b",)), (("a", "c"), ("Y=b",)), (("b", None), ("Y=$",)),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a -e A=$1 b", ("a", "-e", "A=$", "b")),
        ('a --env="A=x$(date) y"', ("a", "--env=A=$")),
        ("a -eA=$1 --b=$1 -c$1 x/$1", ("a", "-eA=$", "--b=$", None, None)),
        ("X=$(a A=$1 b)", ("a", "A=$", "b")),
    ],
)
def test_of_a_value_that_is_not_known_the_name_is(tmp_path: Path, text: str, words: tuple[str | None, ...]) -> None:
    assert read(tmp_path, text).commands[-1].words == words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a $OWN", ("a", "$OWN")),
        ('X=$OWN; a "${X}" ${OWN:?none}', ("a", "$OWN", "$OWN")),
        ("a $GIVEN ${GIVEN:-default}", ("a", "given", "given")),
        ("OWN=b; a $OWN", ("a", "b")),
        ("a $HIDDEN ${OWN:-default} ${OWN:+other} ${ELSE:-default}", ("a", None, None, None, None)),
        ("test -f x && OWN=b; a $OWN", ("a", None)),
        ("for OWN in a b; do a $OWN; done", ("a", None)),
        (". /etc/hostname; a $OWN $GIVEN", ("a", None, None)),
    ],
)
def test_a_text_that_runs_elsewhere_has_the_values_of_that_place(text: str, words: tuple[str | None, ...]) -> None:
    there = inner_script(text, {"OWN": "$OWN", "GIVEN": "given", "HIDDEN": "$"})
    assert there.commands[-1].words == words
