"""A script of sh, which may be dash: what that does otherwise than bash is not known."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.shellscript.reading import doubt_of_x, value_of_x

NOT_KNOWN = [
    ("X=a\nX+=b", "is added to by +=, which not every sh does", "ab"),
    ("X=a\nexport X+=b", "is added to by +=, which not every sh does", "ab"),
    ("\nX=$'a'", "has a $ before quotes, which not every sh reads", "a"),
    ('\nX=$"a"b', "has a $ before quotes, which not every sh reads", "ab"),
    ("\nX=${A:-$'b'}", "has a $ before quotes, which not every sh reads", "b"),
    ("X=a\ndeclare X=b", "is set by declare, which not every sh has", "b"),
    ("\ntypeset -r X=b Y=c", "is set by typeset, which not every sh has", "b"),
    ("\nX=$BASH_SOURCE", "refers to BASH_SOURCE, which is not set by it alone", "HERE"),
    ("A=a; f() { local A\nX=${A:-b}; }; f", "refers to A, which is local, and keeps its value in some sh", "b"),
]


@pytest.mark.parametrize(("text", "why", "in_bash"), NOT_KNOWN)
def test_what_dash_makes_otherwise_is_known_of_bash_only(tmp_path: Path, text: str, why: str, in_bash: str) -> None:
    assert doubt_of_x(tmp_path, f"#!/bin/sh\n{text}") == (why, 3)
    assert value_of_x(tmp_path, f"#!/bin/bash\n{text}") == in_bash.replace("HERE", str(tmp_path / "script"))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("f() { local A X=$A/b; X=a$A; }; X=c; f", "c"),
        ("f() { local A; X=${A:-a}; }; f", "a"),
        ("Y='a b'; export X=$Y", "a b"),
        ("f() { local B=$1; X=$B; }; f 'a b'", "a b"),
        ("X='$'a", "$a"),
    ],
)
def test_what_every_sh_does_is_known(tmp_path: Path, text: str, value: str) -> None:
    assert value_of_x(tmp_path, f"#!/bin/sh\n{text}") == value
