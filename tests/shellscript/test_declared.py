"""What the shell's own commands set: export, declare, read and the like."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.shellscript.reading import read

STATIC = [
    'export X="a"', "readonly X=a", "declare -x X=a", "export X=a Y=b; X=$Y$X", "X=a\nunset X\nX=b", "Y=$((1+2)); X=a",
    "a=(1 2); X=b", "a=(1 # don't\n2); X=b", "Y=$(( 1 << 2 )) # it's\nX=a", 'export "X=a b"', "declare 'X=~'",
    'A=a; export "X=$A"', "A='X=a Y=b'; export $A", 'N=X; declare "$N=a"', 'export "X"; X=a', "eval true; X=a",
    "export X=/a:~/b", "X=a\nexport X=b |& true", "X=a\ncommand export X=b", "X=a; builtin declare X=b",
    "X=a; \\export X=b", "X=a; 'export' X=b", "X=a; command -p export X=b", "X=a; command -v export X=b",
    "X=a; command builtin export X=b", "X=a; command true", "X=a\nunset -f X", 'X=a\nN=X\nunset "$N" X\nX=b',
    "X=a\nunset -v X\nX=b", "N=1; (( N == 1 && N <= 2 )); X=$N", "readonly X=a\nreadonly X", "declare -r X=a Y=b",
    "declare -a X=a", "export X='{a,b}'", "X={a,b}", "A=b; export X={$A}",
    "X=a; true & wait X", "X=a; echo {X} > /dev/null", "X=a; exec 3>/dev/null",
    "export -n X=a", "A=a; export A=b X=$A", "(( i = 1 << 2 ))\nX=a",
    "for (( i = 0; i < 1; i++ )); do Y=b; done; X=a", "f() { declare -p A; X=${A:-b}; }; A=a; f",
    "X=a; E=export; $E X=b", 'run() { "$@"; }; X=a; run export X=b', 'M=(export X=b); X=a; "${M[@]}"',
    'run() { "$@"; }; X=a; run test a = a && X=b', 'run() { "$@"; }; run eval X=a Y=b; X=$X$Y',
    "E=export; command $E X=b", "E='[ a'; X=a; $E = b ] || X=b",
    'run() { "$@"; }; X=a; run local X=b; run unset Y', "E='eval X=b'; X=a; $E",
]  # fmt: skip
UNCLEAR = [
    ("X=$((1+1))", "is made by arithmetic", 1),
    ("read -r X", "is read while it runs", 1),
    ("X=a\nprintf -v X b", "is printed into it while it runs", 2),
    ('N=X; printf -v"$N" b; printf -v "$N" b', "is printed into it while it runs", 1),
    ('export "X=$(date)"', "is made by what is not known", 1),
    ("export X={a,b}", "is made by what is not known", 1),
    ("X=a\nexec {X}>/dev/null", "is worked out while it runs", 2),
    ("X=a\ntrue {X}</dev/null 2>/dev/null", "is worked out while it runs", 2),
    ("X=a\ntrue & wait -p X $!", "is read while it runs", 2),
    ("X=a\nunset -n X", "is left, or is no longer another name", 2),
    ("readonly X=a\nX=b", "is set again, and is readonly", 2),
    ("X=a\nreadonly X\nexport X=b", "is set again, and is readonly", 3),
    ("declare -i X=1+2", "is changed by declare -i", 1),
    ("declare -ru X=a", "is changed by declare -ru", 1),
    ("typeset -l X\nX=A", "is changed by typeset -l", 2),
    ("X=1\n(( X += 1 ))", "is worked out while it runs", 2),
    ("X=1; (( ++X ))", "is worked out while it runs", 1),
    ("X=1; let Y=1 'X *= 2'", "is worked out while it runs", 1),
    ("X=1; Y=$(( X <<= 7 ))", "is worked out while it runs", 1),
    ("for (( X = 0; X < 2; X++ )); do true; done", "is worked out while it runs", 1),
    ("readarray -t X < /dev/null", "is read while it runs", 1),
    ("X[0]=a", "is made by an array", 1),
    ("X=a\nX[$1]+=b", "is made by an array", 2),
    ('X=a\nread "X"', "is read while it runs", 2),
    ("X=a; N=X\nread -r $N", "is read while it runs", 2),
    ("getopts a: X\nX=${OPTARG:-a}", "refers to OPTARG, which is read while it runs", 2),
    ("read\nX=${REPLY:-a}", "refers to REPLY, which is read while it runs", 2),
    ("X=(a b)\nunset 'X[0]'", "is made by an array", 2),
    ('M=(read X); X=a\n"${M[@]}"', "is read while it runs", 2),
    ("X=a\n[ -n $1 ] && unset X", "is unset under a condition", 2),
]


@pytest.mark.parametrize(
    "command",
    [
        "unset \"$1\"", 'read -r "$1"', "read -r A $1",
        "export $(grep -v '^#' .env | xargs)", 'eval "$(cat .env)"', "eval $1", "eval X=$1", 'declare "$k=$v"',
        'declare "$1"', "declare -n Y=X", 'printf -v "$1" b', 'export "$@"',
    ],
)  # fmt: skip
def test_what_may_set_any_variable_is_said_to(tmp_path: Path, command: str) -> None:
    script = read(tmp_path, f"X=a\n{command}\n")
    ((name, line),) = [(one.name, one.line) for one in script.unread]
    assert (name, line) == (command.split(maxsplit=1)[0], 2)


@pytest.mark.parametrize(
    "text",
    [
        'f() { eval "$1"; }; f X=$(date)', 'run() { "$@"; }; run export "$1"', 'run() { "$@"; }; run eval X=$1',
        "shopt -s lastpipe; true | read X", "shopt -s expand_aliases; alias a=X=b",
    ],
)  # fmt: skip
def test_what_a_command_is_that_sets_variables_need_not_stand_there(tmp_path: Path, text: str) -> None:
    assert [one.line for one in read(tmp_path, f"X=a\n{text}\n").unread] == [2]


@pytest.mark.parametrize(
    "command",
    [
        "shopt -s nullglob", 'read -p "$(date)" A', 'getopts a A "$@"', "export -n X", "eval true", "printf b",
        "local -r Y=b", "declare Y",
    ],
)  # fmt: skip
def test_what_sets_what_it_names_is_not(tmp_path: Path, command: str) -> None:
    assert read(tmp_path, f"X=a\n{command}\n").unread == []
