"""Which words a command gets of one that has no quotes around it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.shellscript.reading import doubt_of_x, in_bash, value_of_x

STATIC = [
    "A=; f $A b", 'A=; f "$A" b', "A='x  y'; f a$A b", "A='x y'; f $A$A", "A=' x'; f a$A",
    "A='x '; f $A'b c'", 'A="a b"; f "$A"c',
    'g() { f "$@"; }; g "a b" c', "g() { f $@; }; g 'a b'", "g() { f $*; }; g '' 'a b'", 'M=("a b" c); f "${M[@]}"',
    'M=("a b" c); f ${M[@]}', 'M=a; M+=(c); f "${M[@]}"', "IFS=$'\\n\\t'; A=/a; f $A b", "f '*' \\* \"{a,b}\" {}",
    "f ${A:-b} ${A:-'c'}", "IFS=,; unset IFS; A='b c'; f $A", "IFS=,; A='a,b'; f \"$A\"",
]  # fmt: skip
UNCLEAR = [
    "f /usr/bi*", "f {a,b}", "f {1..3}", "A='/usr/bi?'; f $A", "IFS=,; A='c,d'; f $A", "IFS=$(date); A=a; f $A",
    "IFS=$'\\n'; A='c d'; f $A", "f ${A:-'b c'}", "M=(/usr/bi*); f ${M[@]}", "M=('/usr/bi*'); f ${M[@]}",
    'M=(a b); unset "M[0]"; f "${M[@]}"', 'M=([2]=b [1]=c); f "${M[@]}"', 'g() { f "$*"; }; g a b',
    "M=$(date); M+=(c); f ${M[@]}", 'M=(a); test -d / && M=(b); f "${M[@]}"', 'test -d / && M=(b); f "${M[@]}"',
    "test -d / && M=(b); f ${M[0]}", "M=(a b); for i in $(ls); do M+=(c); done; f ${M[2]}",
]  # fmt: skip


@pytest.mark.parametrize("text", STATIC)
def test_an_expansion_is_split_where_bash_splits_it(tmp_path: Path, text: str) -> None:
    text = f'f() {{ X="$1|$2"; }}\n{text}'
    assert value_of_x(tmp_path, text) == in_bash(tmp_path, text)


@pytest.mark.parametrize("text", UNCLEAR)
def test_what_names_files_or_is_split_otherwise_is_not_known(tmp_path: Path, text: str) -> None:
    assert doubt_of_x(tmp_path, f"f() {{ X=$1; }}; {text}") == ("is made by $1", 1)
