"""Which of the values that a variable has in turn is the one: what the commands got."""

from __future__ import annotations

from pathlib import Path

import pytest

from backuptool.shellscript import Value
from tests.shellscript.reading import doubt_of_x, read


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("X=b; X=a; curl $X", "a"),
        ("X=a; curl $X; X=b", "a"),
        ("X=a; curl $X; unset X", "a"),
        ("X=b; echo $X; [ -d $X ] || exit; X=a; curl $X", "a"),
        ("f() { curl $X; }; X=a; f; X=b", "a"),
        ("f() { curl $1; }; X=a; f $X; X=b", "a"),
        ("f() { local X=a; curl $X; }; f; X=b", "a"),
        ("f() { curl $X; }; X=a f; X=b", "a"),
        ("( X=a; curl $X )", "a"),
        ("f() { X=a; curl $X; }; f | tee log", "a"),
        ("if test $1; then X=a; curl $X; exit; fi", "a"),
        ("if test $1; then X=b; exit; fi; X=a; curl $X", "a"),
        ("case $1 in a) X=a; curl $X;; *) exit 1;; esac", "a"),
        ("curl ${X:-none}; X=a", "a"),
        ("curl ${Y:-$X}; X=a; curl ${Y:-$X}", "a"),
        ("f() { curl $X; }; X=b; trap f EXIT; X=a", "a"),
        ("X=a; openssl < $X; X=b", "a"),
        ("X=a; openssl <<< $X > log; X=b", "a"),
        ("X=a; curl -K - <<E\nurl = $X\nE\nX=b", "a"),
        ("X=a; for i in 1; do curl; done < $X; X=b", "a"),
        ("X=a; X=$X/b; Y=$X", "a/b"),
        ("X=b; Y=$X; X=a; curl $X", "a"),
        ("X=a; Y=$X; curl $Y", "a"),
        ("X=a; for i in $X/b $X/c; do curl $i; done", "a"),
        ("X=a docker compose ps", "a"),
        ("Y=a; X=$Y/b docker compose ps; X=a/b docker ps", "a/b"),
        ("f() { X=a curl; }; f; X=b echo", "a"),
        ("f() { curl $X; }; X=a f", "a"),
        ("trap 'curl $X' EXIT; X=b; X=a", "a"),
        ("f() { X=a; curl $X; }; X=b; trap f EXIT; echo $X", "a"),
        ('X=a; trap "curl $X" EXIT; X=b', "a"),
        ("X=a; trap 'curl $X; exit 1; X=b' 0; test -d / || exit; curl $X", "a"),
        ("( trap 'curl $X' EXIT; X=a ); X=b", "a"),
        ("f() { trap 'curl $X' EXIT; X=a; }; f | tee log; X=b", "a"),
        ("X=a", "a"),
    ],
)
def test_it_is_what_a_command_got_and_else_what_it_holds_at_the_end(tmp_path: Path, text: str, value: str) -> None:
    found = read(tmp_path, text).held("X")
    assert isinstance(found, Value), found
    assert found.text == value


@pytest.mark.parametrize(
    ("text", "why", "line"),
    [
        ("X=a; curl $X\nX=b; curl $X", "is used with another value than that of line 1", 2),
        ("f() { X=$1; curl $X; }\nf a; f b", "is used with another value than that of line 1", 1),
        ("if test $1; then X=a; curl $X; exit; fi\nX=b; curl $X", "is used with another value than that of line 1", 2),
        ("X=a; curl $X\nX=$(date); curl $X", "is made by a command substitution", 2),
        ("X=a; Y=$X; curl $Y\nX=b", "is used with another value than that of line 1", 2),
        ("X=a; for i in $X c; do curl $i; done\nX=b", "is used with another value than that of line 1", 2),
        ("X=a; Y=(-K $X); curl ${Y[@]}\nX=b", "is used with another value than that of line 1", 2),
        ("f() { local Y=$X; curl $Y; }; X=a; f\nX=b", "is used with another value than that of line 1", 2),
        ("X=a; trap 'curl $X' EXIT; curl $X\nX=b", "is used with another value than that of line 1", 2),
        ("X=a; trap 'X=b; curl $X' EXIT\ncurl $X", "is used with another value than that of line 1", 1),
        ('X=a; trap "curl $X" EXIT\nX=b; curl $X', "is used with another value than that of line 1", 2),
        ("f() { curl $X; }; X=a; trap f EXIT; curl $X\nX=b", "is used with another value than that of line 1", 2),
        ("trap -- 'curl $X' EXIT; X=a; curl $X\nX=b", "is used with another value than that of line 1", 2),
        ("X=a; trap 'curl $X' exit; curl $X\nX=b", "is used with another value than that of line 1", 2),
        (
            "X=a; for i in INT EXIT; do trap 'curl $X' $i; done; curl $X\nX=b",
            "is used with another value than that of line 1",
            2,
        ),
        ("X=a\ntest -d / && trap 'X=b' EXIT", "is set to one or the other under a condition", 2),
        ("X=a\nX=b exec curl", "is used with another value than that of line 1", 2),
        ("X=a docker ps\nX=b docker ps", "is used with another value than that of line 1", 2),
        ("X=a; curl $X\nX=b docker ps", "is used with another value than that of line 1", 2),
        ("X=$(date) docker ps", "is made by a command substitution", 1),
        ("for X in a b; do curl $X; done", "is what a loop goes through", 1),
    ],
)
def test_several_such_values_are_none(tmp_path: Path, text: str, why: str, line: int) -> None:
    assert doubt_of_x(tmp_path, text) == (why, line)
