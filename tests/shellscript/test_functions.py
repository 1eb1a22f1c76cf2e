"""What functions set, where they are called."""

from __future__ import annotations

from pathlib import Path

import pytest

from backuptool.shellscript import Unclear, Value
from tests.shellscript.reading import read

STATIC = [
    "X=a\nf() {\n local Z=b\n}", 'function die {\n echo "$1" >&2\n exit 1\n}\nX=a', "function die\n{\n exit 1\n}\nX=a",
    "function die() { exit 1; }; X=a", "function die {\n X=b\n}\nX=a", "f() ( true; )\n{ declare X=b; }",
    'X=a\nf() { local X="$1"; X=c; }\nf b', "X=a\nf() { local Y X; X=c; }\nf b", "X=a\nfunction f { declare X=b; }\nf",
    "X=a\nf() { if true; then local X=b; fi; }\nf", "f() { local Y=b; }\nY=a; X=$Y", "f() { X=a; }; f",
    "X=a\nf() { typeset -r X=b; }; f", "f() { local X=b; }; X=a; g() { X=a; }; g", "f()\n{\nlocal X=b\n}; f; X=a",
    "X=a; f() { local -r X=b; }; X=c", "f() { X=b; }; X=a; f", "X=a; f() { X=b; }; f", "B=a; f() { X=$B/x; }; B=b; f",
    "f() { declare -g X=b; }; X=a; f", "f() { local B=/b; X=$B/x; }; B=/a; X=$B; f",
    "g() { f; }; f() { X=b; }; X=a; g", "f() { X=a; }; f() { X=b; }; X=c; f", "f() { return; X=b; }; X=a; f",
    "f() { exit; }; X=a; f; X=b", "f() { X=$B; }; B=a f; X=b", "f() { X=a; }; X=b; f | true",
    "f() {\n if true; then\n return\n fi\n X=b\n}\nX=a; f; X=c", "function f {\n X=b\n}\nX=a\nf",
    "f() { X=${X:-a}/b; }; f", "f() { X+=a; }\nf", "f() { X=b; return; X=c; }; f",
    "if true; then f() { X=b; return; X=c; }; f; fi", "f() { X=b; exit; X=c; }; true && f",
    "f() { X=b; }; X=a; Y=$(f)", "f() { A=a; }; f; Y=$A; X=$Y/b", "f() { A=a; X=$A/b; }; f",
    "f() { A=a; }; g() { f; X=$A/b; }; g", "f() { [ -d / ] || return; X=$A; A=b; local B=$A; X=$B/c; }; A=a; f; X=c",
    "f() { [ -d / ] || return; local X=b; }; X=a; f", "f() { local X=b; [ -d / ] || return; X=c; }; X=a; f",
    "f() { [ -d / ] || return; A=b; }; f; X=a; g() { f; X=a; }; g", 'f() { local A="${A:-default}"; X=$A/b; }; A=a; f',
    "f() { local A=$A/b A=$A/c; X=$A; }; A=a; f", "f() { local A+=b; X=$A; }; A=a; f",
    "f() { local A=b; local A=$A/c; X=$A; }; A=a; f; X=$X$A", 'f() { local A="${A:-a}"; X=$A; }; f',
    "f() { local B=${A:=c}; X=$A$B; }; f", "f() { declare -g A=$A/b; }; A=a; f; X=$A",
    "X=a\nf() { X=b; }; unset -f f; f", "X=a\nf() { X=b; }; unset f; f", "X=a\nf() { X=b; }; f=c; unset f; f",
    "X=a\nf() { X=b; }; unset -v f; f", "X=a\nf() { X=b; }; ( unset -f f ); f",
    "X=a\nf() { X=b; }; command f; f | true", "X=a\nf() { X=b; }; builtin f; \\f",
    "X=a\nf() { X=b; }; command -p f; f | true", "X=a\nf() { X=b; }; unset -f f | true; f",
    'f() { X=b; }; say() { echo "$@"; }; f; X=a; say f', 'f() { X=b; }; run() { "$@"; }; f; X=a; run f | true',
    "f() { X=b; }; g() { (( 1 )); unset -f f; }; f; X=a; g f",
    'f() { :; }; run() { A=b "$@"; unset -f f; }; X=a; run f', "f() { X=b; }; A=true; run() { $A x; }; f; X=a; run f",
    "f() { local A=b B=$A; X=$B; }; A=a; f", "f() { local A; X=${A:-b}; }; A=a; f",
    "f() { declare A+=b; A+=c; X=$A; }; A=a; f; X=$X$A",
    "f() { [ -d / ] || exit; A=b; }; f; X=$A",
    "f() { ( exit ) || ( [ -d / ] || exit ); X=b; }; X=a; f",
    "f() { ( [ -d / ] || return ); true | return; X=b; }; X=a; f",
    "f() { command return; X=b; }; X=a; f; X=c",
    "X=a\nf() { X=$1; }; f b", "f() { X=$B; }; B=a\nB=b f", "f() { A=b; }\nf | true; X=a${A:-c}",
    "X=c; f() { X=b; }; X=a; eval f",
    'f() { X=b; }; run() { true; "$@"; }\nX=a; run f', 'f() { X=$2${3:-c}; }; f a "b b"', "f() { X=a$1; }; f",
    "die() { exit 1; }\nX=a; true || die; X=b",
    "f() { test $1 && exit; X=b; }; X=a; f", "f() { if test $1; then X=b; exit; fi; X=c; }; f; X=d; f",
    "X=a; eval X=b; eval 'X=$X/c'",
    "cleanup() { X=b; }\nX=a; trap cleanup USR1", "f() { local X=b; ( exit ); }; X=a; f",
    "f() { return 1; }; X=a; f && X=b",
    'main() { X=${1:-a}; }; main "$@"', 'g() { X=$1; }; main() { g ${1:-a}; }; main "$@"',
    "f() { return 0; }; X=a; f || X=b", "set -euo pipefail; X=${1:-a}", "f() { set -e -o pipefail; X=$1; }; f a",
]  # fmt: skip
UNCLEAR = [
    ('X=a\nmain() { [ $1 = test ] && X=b; }; main "$@"', "is set to one or the other under a condition", 2),
    ('main() { X=$1; }\nmain "$@"', "is made by $1", 1),
    ("f() { X=$1; }\nf a=$B", "is made by $1", 1),
    ("f() { X=${1#--a=}; }\nf --a=$(date)", "is made by $1", 1),
    ("f() { X=$2; }\nf a=$B c", "is made by $2", 1),
    ("f() { X=b; }; X=a\nf() { [ $1 = a= ] && X=b; }; f a=$B", "is set to one or the other under a condition", 2),
    ("set -- b\nX=${1:-a}", "is made by $1", 2),
    ("f() { shift; X=$1; }\nf a b", "is made by $1", 1),
    ("f() { set -eo pipefail -- c; X=$1; }\nf a", "is made by $1", 1),
    ("f() { X=b; }; X=a\n[ -n $1 ] && f", "is set to one or the other under a condition", 1),
    ("f() { test -d / && X=b; }\nX=a; f", "is set to one or the other under a condition", 2),
    ("X=a\nf() { unset X; }; test -d / && f", "is unset under a condition", 2),
    ("f() { [ $1 = b ] || return; X=b; }; X=a\nf $1", "is set to one or the other under a condition", 1),
    ("f() { if test -d /; then return; fi\nX=b; }; X=a; f", "is set to one or the other under a condition", 2),
    ("f() { case $(date) in '') return;; esac; X=b; }; X=a; f", "is set to one or the other under a condition", 1),
    ("f() { for i; do test $i && return; done; X=b; }; X=a; f", "is set to one or the other under a condition", 1),
    (
        "f() { [ -d / ] || { true; command return 1; }; X=b; }; X=a; f",
        "is set to one or the other under a condition",
        1,
    ),
    ("f() { [ -d / ] || return; X+=b; }; X=a; f", "is set to one or the other under a condition", 1),
    ("f() { [ -d / ] || return; g; }; g() { X=b; }; X=a; f", "is set to one or the other under a condition", 1),
    (
        "f() { [ -d / ] || return; local X=c; }; X=a; g() { f; test -d / || return; X=b; }; g",
        "is set to one or the other under a condition",
        1,
    ),
    (
        "f() { X=b; test -d / && return; X=c; test -d / && return; X=d; }; X=a; f",
        "is set to one or the other under a condition",
        1,
    ),
    ("X=a; f() { X=b; }; test -d / && unset -f f\nf", "is set to one or the other under a condition", 1),
    ('f() { X=b; }; run() { shift; $*; }\nf; X=a; run "a text" f c', "is set to one or the other under a condition", 2),
    ("f() { test -d / && return; unset X; }; X=a\nf", "is unset under a condition", 1),
    ("f() { test -d / && return; A=b; }; f\nX=$A", "refers to A, which is set under a condition only", 2),
]


def test_what_a_function_has_for_itself_is_known_beside_the_variables(tmp_path: Path) -> None:
    script = read(tmp_path, "f() {\n local X=a Y=b\n}\ng() { local Y=d X; X=a; }\nf")
    assert script.variables == {}
    assert script.inside["X"] == Value("a", tmp_path / "script", 2)
    assert script.inside["Y"] == Unclear("is local to several functions", tmp_path / "script", 4)


def test_what_a_function_in_a_pipeline_sets_is_known_behind_it(tmp_path: Path) -> None:
    """As of `main 2>&1 | tee -a "$LOG"`, in which all is done."""
    script = read(tmp_path, "X=a\nf() { X=b; Y=c; a $X $Y; }\nf | tee\n")
    path = tmp_path / "script"
    assert (script.variables["X"], script.inside["Y"]) == (Value("a", path, 1), Value("c", path, 2))
    assert script.commands[1].words == ("a", "b", "c")


@pytest.mark.parametrize(
    "text",
    [
        "f() { X=$X; f; f; }; X=a; f",
        "f0() { X=a; }\n" + "".join(f"f{n}() {{ f{n - 1}; f{n - 1}; }}\n" for n in range(1, 60)) + "f59",
    ],
)
def test_functions_that_call_each_other_for_ever_come_to_an_end(tmp_path: Path, text: str) -> None:
    assert "called too often" in read(tmp_path, text).unread[0].how
