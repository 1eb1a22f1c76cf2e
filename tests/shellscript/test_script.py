"""What a script sets, read as the shell would: bash itself says what is right."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backuptool.errors import UsageError
from backuptool.shellscript import Called, Script, Unclear, Value, inner_script, read_script

STATIC = [
    "X=a\\\n;Y=b", "X=a\\\n\nY=b",
    "X=plain", "X=\"double quoted\"", "X='single $HOME'", "X=a\"b\"'c'd", "X=\"a\\\"b\\$c\\\\d\\e\"", "X=a\\ b",
    "X=", "X=\"\"", "export X=\"a\"", "readonly X=a", "declare -x X=a", "export X=a Y=b; X=$Y$X", "A=1; X=${A}2$A",
    "A=/srv; X=\"$A/b\"", "X=${NOPE:-/default}", "X=\"${NOPE:-/a b}\"", "NOPE=; X=${NOPE:-d}", "NOPE=; X=${NOPE-d}",
    "A=v; X=${A:-d}", ": \"${X:=assigned}\"", "X=${A:=both}$A", "A=v; X=${A:+alt}", "X=${A:+alt}",
    "X=\"${X:-itself}\"", "A=v; X=${B:-$A/${C:-c}}", "X=a # comment", "X=a#no-comment", "# X=b\nX=a", "X=a; Y=b",
    "X=a Y=b", "X=1\nX=2", "X=a\nX+=b", "X=one\\\ntwo", "X=\"one\\\ntwo\"", "X=\"line\nend\"", "X=a && true",
    "true; X=a", "X=a\nY=c env", "cat <<END\nX=b\nEND\nX=a", "cat <<-'E N'\n\tX=b\n\tE N\nX=a", "cat <<< X=b; X=a",
    "X=a > /dev/null", "X=a\nf() {\n local Z=b\n}", "if true; then X=a; fi", "case x in x) X=a;; esac",
    "for i in 1; do X=a; done", "( X=a; ); X=b", "X=a\nunset X\nX=b", "X=~/home", "X=a~b", "X=\"$HOME/x\"",
    "X=https://h.example/a?b", "X=a$", "X=\"a$\"", "X=\"it's\"", "X='a'\"'\"'b'", "set -euo pipefail\nX=a",
    "X=a\nexit 0\nX=b", "exec 2> /dev/null\nX=a", "X=${A-'quoted'}", "[ 1 -lt 2 ] && X=a", "X=ümläut",
    "X=a|true; X=b", "X=a\nif [ \"$X\" = \"b\" ]; then\n  echo \"x)\"\nfi", "\tX=a", "X=a;# b", "Y=$((1+2)); X=a",
    "Y=$(echo '(' \")\"); X=a", "Y=`echo \\`echo b\\``; X=a", "while false; do X=b; done; X=a", "a=(1 2); X=b",
    "function die {\n echo \"$1\" >&2\n exit 1\n}\nX=a", "function die\n{\n exit 1\n}\nX=a",
    "function die() { exit 1; }; X=a", "function die {\n X=b\n}\nX=a", "case x in\nfunction) Y=b;;\nesac\nX=a",
    "f() ( true; )\n{ declare X=b; }", "X=a\nf() { local X=\"$1\"; X=c; }\nf b",
    "X=a\nf() { local Y X; X=c; }\nf b", "X=a\nfunction f { declare X=b; }\nf",
    "X=a\nf() { if true; then local X=b; fi; }\nf", "f() { local Y=b; }\nY=a; X=$Y", "f() { X=a; }; f",
    "X=a\nf() { typeset -r X=b; }; f", "f() { local X=b; }; X=a; g() { X=a; }; g", "f()\n{\nlocal X=b\n}; f; X=a",
    "N=$(ls | # don't\nwc -l); X=a", "N=$(#)\n ls); X=a", "a=(1 # don't\n2); X=b",
    "Y=$(cat <<E\nit's (\nE\n)\nX=a", "Y=\"$(cat <<-'E'\n\tit's )\n\tE\n)\"; X=a", "Y=$(( 1 << 2 )) # it's\nX=a",
    "cat <<E $(echo 1\necho 2)\nX=b\nE\nX=a", "Y=$(cat <<< a); X=a", "Y=$(echo ${#X} $# '#' b#c); X=a",
    "X=\"${NOPE:-a'b'c}\"", "X=\"${NOPE:-\"it's\"}\"",
    "X=${NOPE:-'a b'}", "X=\"${NOPE:-'$HOME'}\"", "Y=\"${HOME%'}'}\"; X=a",
    "export \"X=a b\"", "declare 'X=~'", "A=a; export \"X=$A\"", "A='X=a Y=b'; export $A", "N=X; declare \"$N=a\"",
    "export \"X\"; X=a", "eval true; X=a",
    "exec {lock}> /dev/null\nX=a", "exec {lock}<&1; X=a",
    "Y=\"${1:-\"full {a}\"}\"; X=a", ": \"${1-\"usage: $0 {start|stop}\"}\"\nX=a",
    "X=a; Y=$(case x in x) echo 1; exit;; (y) echo 2; exit;; esac); X=b",
    "X=a\nY=$(if true; then case x in *) case y in y) exit;; esac;; esac; fi); X=b", "X=a; Y=$(echo case x in); X=b",
    "A=; X=$A:~/b", "X=/a:~/b:~", "X=~:~/b", "X=~\"/a\"", "A=; X=~$A/a", "X=\"~\":\"~\"/a", "X=a:\\~/b",
    "export X=/a:~/b",
    "case x in\nif) :;;\n(case | do) :;;\nx) :\nesac\nX=a\nX=b", "( case x in x) :;; esac; Y=b ); X=a; X=b",
    "X=${NOPE:-~/b}", "X=\"${NOPE:-~/b}\"", "X=${NOPE:-\"~\"/b}",
    "X=\"${NOPE:-a\\nb\\ c\\$d\\\"e\\}f}\"", "X=${NOPE:-a\\nb}",
    "X=a; X=b | true", "X=a; true | X=b", "X=a; X=b & wait", "X=a\nexport X=b |& true",
    "X=https://h.example/?a=1&b=2; X=a",
    "X=a\ncommand export X=b", "X=a; builtin declare X=b", "X=a; \\export X=b", "X=a; 'export' X=b",
    "X=a; command -p export X=b", "X=a; command -v export X=b", "X=a; command builtin export X=b", "X=a; command true",
    "X=a\nunset -f X", "X=a\nN=X\nunset \"$N\" X\nX=b", "X=a\nunset -v X\nX=b", "N=1; (( N == 1 && N <= 2 )); X=$N",
    "readonly X=a\nreadonly X", "X=a; f() { local -r X=b; }; X=c", "declare -r X=a Y=b", "declare -a X=a",
    "export -n X=a",
    "f() { X=b; }; X=a; f", "X=a; f() { X=b; }; f", "B=a; f() { X=$B/x; }; B=b; f", "f() { declare -g X=b; }; X=a; f",
    "f() { local B=/b; X=$B/x; }; B=/a; X=$B; f", "g() { f; }; f() { X=b; }; X=a; g",
    "f() { X=a; }; f() { X=b; }; X=c; f",
    "f() { return; X=b; }; X=a; f", "f() { exit; }; X=a; f; X=b", "X=a; exit\nit's none",
    "exit | true; X=a",
    "f() { X=$B; }; B=a f; X=b", "f() { X=a; }; X=b; f | true",
    "f() {\n if true; then\n return\n fi\n X=b\n}\nX=a; f; X=c", "function f {\n X=b\n}\nX=a\nf",
    "test && X=a; : ${X:=a}; X=$X/b", "f() { X=${X:-a}/b; }; f", "f() { X+=a; }\nf",
    "f() { X=b; return; X=c; }; f", "if true; then f() { X=b; return; X=c; }; f; fi",
    "f() { X=b; exit; X=c; }; true && f", "f() { X=b; }; X=a; Y=$(f)",
    "f() { X=a; }; f; Y=$X; X=$Y/b", "if true; then A=a; X=$A/b; fi", "true && A=a && X=$A/b",
    "[ -z \"$A\" ] && A=a; X=$A/b",
    "if [ -z \"${A-}\" ]; then A=a; fi; X=$A/b", "case x in x) A=a; X=$A/b;; esac", "f() { A=a; X=$A/b; }; f",
    "f() { A=a; }; g() { f; X=$A/b; }; g", "for i in 1; do A=a; X=$A/b; done",
    "f() { true || return; X=$A; A=b; local B=$A; X=$B/c; }; A=a; f; X=c", "f() { true || return; local X=b; }; X=a; f",
    "f() { local X=b; true || return; X=c; }; X=a; f", "f() { true || return; A=b; }; f; X=a; g() { f; X=a; }; g",
    "f() { local A=\"${A:-default}\"; X=$A/b; }; A=a; f", "f() { local A=$A/b A=$A/c; X=$A; }; A=a; f",
    "f() { local A+=b; X=$A; }; A=a; f", "f() { local A=b; local A=$A/c; X=$A; }; A=a; f; X=$X$A",
    "f() { local A=\"${A:-a}\"; X=$A; }; f", "f() { local B=${A:=c}; X=$A$B; }; f",
    "f() { declare -g A=$A/b; }; A=a; f; X=$A",
    "X=a\nf() { X=b; }; unset -f f; f", "X=a\nf() { X=b; }; unset f; f", "X=a\nf() { X=b; }; f=c; unset f; f",
    "X=a\nf() { X=b; }; unset -v f; f", "X=a\nf() { X=b; }; ( unset -f f ); f",
    "X=a\nf() { X=b; }; command f; f | true",
    "X=a\nf() { X=b; }; builtin f; \\f", "X=a\nf() { X=b; }; command -p f; f | true",
    "X=a\nf() { X=b; }; unset -f f | true; f",
    "f() { X=b; }; say() { echo \"$@\"; }; f; X=a; say f", "f() { X=b; }; run() { \"$@\"; }; f; X=a; run f | true",
    "f() { X=b; }; g() { (( 1 )); unset -f f; }; f; X=a; g f",
    "f() { :; }; run() { A=b \"$@\"; unset -f f; }; X=a; run f",
    "f() { X=b; }; A=true; run() { $A x; }; f; X=a; run f",
    "f() { local A=b B=$A; X=$B; }; A=a; f", "A=a; export A=b X=$A",
    "f() { local A; X=${A:-b}; }; A=a; f", "f() { declare A+=b; A+=c; X=$A; }; A=a; f; X=$X$A",
    "f() { true || exit; A=b; }; f; X=$A", "X=a; true || exit; X=b",
    "f() { ( exit ) || ( true || exit ); X=b; }; X=a; f",
    "f() { ( true || return ); true | return; X=b; }; X=a; f", "f() { command return; X=b; }; X=a; f; X=c",
    "X='\\'", "X=$'a'x; X=b", "X=\\$a", "(( i = 1 << 2 ))\nX=a", "for (( i = 0; i < 1; i++ )); do Y=b; done; X=a",
]  # fmt: skip
# bash itself wants such apostrophes in pairs, but for --posix.
POSIX = ['X="${NOPE:-couldn\'t}"', 'X="${NOPE:-${NO:-don\'t}}"', "X=\"$(echo 'it')${NOPE:-'s}\"; X=a"]
UNCLEAR = [
    ("X=$(date)", "is made by a command substitution", 1),
    ("\n\nX=`date`", "is made by a command substitution", 3),
    ('X="a$(date)b"', "is made by a command substitution", 1),
    ("X=$1", "is made by $1", 1),
    ("X=${Y%/}", "is made by ${Y…}, a part of a value", 1),
    ("X=${#Y}", "is made by a parameter expansion", 1),
    ("X=$((1+1))", "is made by arithmetic", 1),
    ("X=(a b)", "is made by an array", 1),
    ("X=$Y", "refers to Y, which it does not set", 1),
    ("Y=$(date)\nX=$Y/a", "refers to Y, which is made by a command substitution", 2),
    ("read -r X", "is read while it runs", 1),
    ("X=a\nif test $1; then X=b; fi", "is set to one or the other under a condition", 2),
    ("X=a\n[ -n $1 ] && X=b", "is set to one or the other under a condition", 2),
    ("if test $1; then\nX=a\nelse\nX=b\nfi", "is set to one or the other under a condition", 4),
    ("X=a\nf() { X=$1; }; f b", "is made by $1", 2),
    ("f() { X=b; }; X=a\n[ -n $1 ] && f", "is set to one or the other under a condition", 1),
    ("f() { test $1 && X=b; }\nX=a; f", "is set to one or the other under a condition", 1),
    ("f() { X=$B; }; B=a\nB=b f", "refers to B, which is another in one call", 1),
    ("if test $1; then A=b; fi\nX=a$A", "refers to A, which is set under a condition only", 2),
    ("test $1 && A=b\nX=${A:-c}", "refers to A, which is set under a condition only", 2),
    ("case $1 in a) A=b;; *) X=c$A;; esac", "refers to A, which is set under a condition only", 1),
    ("f() { A=b; }\nf | true; X=a$A", "refers to A, which is set under a condition only", 2),
    ("for i in $1; do\nX+=a; done", "is set to one or the other under a condition", 2),
    ("test $1 && X=a\n: ${X:=b}", "is set to one or the other under a condition", 2),
    ("( A=b; true )\nX=${A:-c}", "refers to A, which is set under a condition only", 2),
    ("if test $1; then A=b; else X=$A; fi", "refers to A, which is set under a condition only", 1),
    ("X=$(date)\ntest $1 && X=a", "is set to one or the other under a condition", 2),
    ("X=$(date)\nif test -z $X; then\nX=a\nfi", "is set to one or the other under a condition", 3),
    ("[ -z $A ] || A=b\nX=$A", "refers to A, which is set under a condition only", 2),
    ("if [ -z $A ]; then B=b; else A=b; fi\nX=$A", "refers to A, which is set under a condition only", 2),
    ("if test $1; then [ -z $A ] && A=b; fi\nX=$A", "refers to A, which is set under a condition only", 2),
    ("[ -z $A ] && true; if test; then A=b; fi\nX=$A", "refers to A, which is set under a condition only", 2),
    ("X=a\nprintf -v X b", "is set to one or the other under a condition", 2),
    ('N=X; printf -v"$N" b; printf -v "$N" b', "is printed into it while it runs", 1),
    ('export "X=$(date)"', "is made by what is not known", 1),
    ("X=" + "a" * 60000 + "\nX=$X$X", "is longer than 65536 characters", 2),
    ("X=" + "a" * 60000 + "\nX+=$X", "is longer than 65536 characters", 2),
    ("case $1 in\ndone) X=a;;\nx) X=b;; esac", "is set to one or the other under a condition", 3),
    ("X=a\n( case x in x) :;; esac; X=b )", "is set to one or the other under a condition", 2),
    ("X=a\nX=$(case b in b) echo c;; esac)", "is made by a command substitution", 2),
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
    ("X=a\n[ -n $1 ] && unset X", "is unset under a condition", 2),
    ("X=a\nf() { unset X; }; test $1 && f", "is unset under a condition", 2),
    *(
        (f"X=/a/${{{name}:-b}}", f"refers to {name}, which is not set by it alone", 1)
        for name in ("HOSTNAME", "UID", "USER", "PWD", "LANG", "RANDOM")
    ),
    ("X=~other/a", "begins with ~, the home of whoever runs it", 1),
    ("X=/a:~other/a", "begins with ~, the home of whoever runs it", 1),
    ("X=~other:/a", "begins with ~, the home of whoever runs it", 1),
    ("X=${NOPE:-/a:~/b}", "begins with ~, the home of whoever runs it", 1),
    ("for X in a b; do true; done", "is what a loop goes through", 1),
    ("f() { [ $1 = b ] || return; X=b; }; X=a\nf $1", "is set to one or the other under a condition", 1),
    ("f() { if test $1; then return; fi\nX=b; }; X=a; f", "is set to one or the other under a condition", 2),
    ("f() { case $1 in '') return;; esac; X=b; }; X=a; f", "is set to one or the other under a condition", 1),
    ("f() { for i; do test $i && return; done; X=b; }; X=a; f", "is set to one or the other under a condition", 1),
    ("f() { true || { true; command return 1; }; X=b; }; X=a; f", "is set to one or the other under a condition", 1),
    ("f() { true || return; X+=b; }; X=a; f", "is set to one or the other under a condition", 1),
    ("f() { true || return; g; }; g() { X=b; }; X=a; f", "is set to one or the other under a condition", 1),
    (
        "f() { true || return; local X=c; }; X=a; g() { f; test $1 || return; X=b; }; g",
        "is set to one or the other under a condition",
        1,
    ),
    (
        "f() { X=b; test $1 && return; X=c; true && return; X=d; }; X=a; f",
        "is set to one or the other under a condition",
        1,
    ),
    ("X=a; f() { X=b; }; test $1 && unset -f f\nf", "is set to one or the other under a condition", 1),
    ("X=c; f() { X=b; }; f; X=a; eval f", "is set to one or the other under a condition", 1),
    ('f() { X=b; }; run() { true; "$@"; }\nf; X=a; run f', "is set to one or the other under a condition", 1),
    ('f() { X=b; }; run() { shift; $*; }\nf; X=a; run "a text" f c', "is set to one or the other under a condition", 1),
    ("f() { [ $1 = b ] || exit; X=b; }; X=a\nf $1", "is set to one or the other under a condition", 1),
    ("f() { if test $1; then X=b; exit; fi; X=c; }; f; X=d; f", "is set to one or the other under a condition", 1),
    ("f() { test $1 && return; unset X; }; X=a\nf", "is unset under a condition", 2),
    ("f() { test $1 && return; A=b; }; f\nX=$A", "refers to A, which is set under a condition only", 2),
    ("f() { test $1 && return; X=b; exit; }; X=a; f; X=c; f", "is set to one or the other under a condition", 1),
    ("X=$'a\\n'", "is made by a string with $'…'", 1),
]


def read(folder: Path, text: str) -> Script:
    path = folder / "script"
    path.write_text(text)
    return read_script(path, {"HOME": "/home/ann"})


@pytest.mark.parametrize("text", STATIC + POSIX)
def test_what_can_be_known_is_what_bash_makes_of_it(tmp_path: Path, text: str) -> None:
    found = read(tmp_path, text).variables["X"]
    out = tmp_path / "out"
    script = f"trap 'printf %s \"$X\" > {out}' EXIT\n{text}"
    argv = ["bash", "--norc", *(["--posix"] if text in POSIX else []), "-c", script]
    subprocess.run(argv, capture_output=True, check=False, env={"HOME": "/home/ann", "PATH": "/usr/bin:/bin"})
    assert isinstance(found, Value), found
    assert found.text == out.read_text()


@pytest.mark.parametrize(("text", "why", "line"), UNCLEAR)
def test_what_cannot_be_known_is_said_with_its_line(tmp_path: Path, text: str, why: str, line: int) -> None:
    found = read(tmp_path, text).variables["X"]
    assert isinstance(found, Unclear), found
    assert (found.why, found.line) == (why, line)


@pytest.mark.parametrize("text", ['X="a', "X='a", "X=$(date", "X=`date", "X=${A:-b", "X=a\0"])
def test_what_no_shell_reads_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(UsageError):
        read(tmp_path, text)


def test_nothing_in_it_is_run(tmp_path: Path) -> None:
    read(tmp_path, f'touch {tmp_path}/ran\nX=$(touch {tmp_path}/ran)\n: "${{X:=`touch {tmp_path}/ran`}}"\n')
    assert not (tmp_path / "ran").exists()


def test_a_file_that_it_sources_is_read_too(tmp_path: Path) -> None:
    (tmp_path / "more").write_text("X=from-there\n")
    script = read(tmp_path, f'HERE="{tmp_path}"\n. "$HERE/more"\nsource /none/there\n')
    assert script.variables["X"] == Value("from-there", tmp_path / "more", 1)
    assert [one.name for one in script.unread] == ["/none/there"]


def test_what_is_sourced_under_a_condition_is_known_where_that_is_only_whether_it_is_there(tmp_path: Path) -> None:
    more = tmp_path / "more"
    more.write_text("X=from-there\n")
    there = Value("from-there", more, 1)
    for condition in (f'[ -f "{more}" ]', f"test -r {more}", f"[[ -s {more} && -r {more} ]]"):
        assert read(tmp_path, f"X=a\n{condition} && echo there && . {more}").variables["X"] == there
        assert read(tmp_path, f"X=a\nif {condition}; then command source {more}; fi").variables["X"] == there
    for condition in ('[ "$1" = test ]', "test -f /none/there", f"[ -d {more} ]"):
        found = read(tmp_path, f"X=a\n{condition} && . {more}").variables["X"]
        assert found == Unclear("is set to one or the other under a condition", more, 1)


@pytest.mark.parametrize(
    "command",
    [
        "unset \"$1\"",
        "export $(grep -v '^#' .env | xargs)", 'eval "$(cat .env)"', "eval X=b", "eval $1", 'declare "$k=$v"',
        'declare "$1"', "declare -n Y=X", 'printf -v "$1" b', 'export "$@"',
    ],
)  # fmt: skip
def test_what_may_set_any_variable_is_said_to(tmp_path: Path, command: str) -> None:
    script = read(tmp_path, f"X=a\n{command}\n")
    ((name, line),) = [(one.name, one.line) for one in script.unread]
    assert (name, line) == (command.split(maxsplit=1)[0], 2)


@pytest.mark.parametrize("command", ["export -n X", "eval true", "printf b", "local -r Y=b", "declare -x Y"])
def test_what_sets_what_it_names_is_not(tmp_path: Path, command: str) -> None:
    assert read(tmp_path, f"X=a\n{command}\n").unread == []


def test_what_a_function_has_for_itself_is_known_beside_the_variables(tmp_path: Path) -> None:
    script = read(tmp_path, "f() {\n local X=a Y=b\n}\ng() { local Y=d X; X=a; }\nf")
    assert script.variables == {}
    assert script.locals["X"] == Value("a", tmp_path / "script", 2)
    assert script.locals["Y"] == Unclear("is local to several functions", tmp_path / "script", 4)


def test_files_that_source_each_other_come_to_an_end(tmp_path: Path) -> None:
    assert read(tmp_path, f"X=a\n. {tmp_path}/script\n").variables["X"] == Value("a", tmp_path / "script", 1)


def test_behind_a_return_under_a_condition_the_body_knows_what_it_sets(tmp_path: Path) -> None:
    script = read(tmp_path, "f() { test $1 || return; X=b; export Y=$X; a $X; X=c\na $X; }; X=a\nf\nb $X")
    assert [(one.words, one.environment) for one in script.commands if one.words[0] in {"a", "b"}] == [
        (("a", "b"), ("Y=b",)), (("a", "c"), ("Y=b",)), (("b", None), ("Y=$",)),
    ]  # fmt: skip


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
        ("f() { a $B; }; B=2; trap f EXIT; B=2", ("a", None)),
    ],
)
def test_a_command_in_a_function_gets_what_there_is_when_that_is_called(
    tmp_path: Path, text: str, words: tuple[str | None, ...]
) -> None:
    assert [one.words for one in read(tmp_path, text).commands if one.words[0] == "a"] == [words]


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


@pytest.mark.parametrize("text", ["X=" + "${a:-" * 3000 + "}" * 3000, "X=" + "$(" * 3000 + ")" * 3000])
def test_what_is_nested_too_deeply_is_refused_with_its_line(tmp_path: Path, text: str) -> None:
    with pytest.raises(UsageError, match="what begins in line 2 is nested too deeply to be followed"):
        read(tmp_path, f"\n{text}")


@pytest.mark.parametrize(
    "text",
    [
        "f() { X=$X; f; f; }; X=a; f",
        "f0() { X=a; }\n" + "".join(f"f{n}() {{ f{n - 1}; f{n - 1}; }}\n" for n in range(1, 60)) + "f59",
    ],
)
def test_functions_that_call_each_other_for_ever_come_to_an_end(tmp_path: Path, text: str) -> None:
    assert "called too often" in read(tmp_path, text).unread[0].how


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
    assert script.commands[0] == Called(("a", "/a"), more, 3)


def test_what_a_function_in_a_pipeline_sets_is_known_behind_it(tmp_path: Path) -> None:
    """As of `main 2>&1 | tee -a "$LOG"`, in which all is done."""
    script = read(tmp_path, "X=a\nf() { X=b; Y=c; a $X $Y; }\nf | tee\n")
    path = tmp_path / "script"
    assert (script.variables["X"], script.variables["Y"]) == (Value("a", path, 1), Value("c", path, 2))
    assert script.commands[0].words == ("a", "b", "c")


def test_a_value_that_doubles_and_doubles_is_not_known_and_said_in_a_line(tmp_path: Path) -> None:
    found = read(tmp_path, "X=a\n" + "X=$X$X\n" * 40).variables["X"]
    assert isinstance(found, Unclear)
    assert len(found.why) < 300


def test_an_array_that_grows_and_grows_is_not_known(tmp_path: Path) -> None:
    found = read(tmp_path, "X=(a b)\n" + 'X+=("${X[@]}" "${X[@]}")\n' * 40).variables["X"]
    assert isinstance(found, Unclear)
    assert None in found.words
    assert len(found.words) < 10_000


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "script")
    with pytest.raises(UsageError, match="script is not a file"):
        read_script(tmp_path / "script", {})


def test_a_byte_order_mark_is_no_command(tmp_path: Path) -> None:
    (tmp_path / "script").write_bytes(b"\xef\xbb\xbf#!/bin/sh\nX=a\n")
    script = read_script(tmp_path / "script", {})
    assert (script.variables, script.commands) == ({"X": Value("a", tmp_path / "script", 2)}, [])


def test_windows_line_ends_are_none(tmp_path: Path) -> None:
    (tmp_path / "script").write_bytes(b"X=a\r\nY=b\r\n")
    found = read_script(tmp_path / "script", {}).variables["X"]
    assert isinstance(found, Value)
    assert found.text == "a"


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


@settings(deadline=None, max_examples=300)
@given(st.text(alphabet="X=ab \n\t'\"`$(){}[]<>&|;#\\:-+%~/*?!", max_size=40))
def test_whatever_it_is_it_is_read_or_refused(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    try:
        read(tmp_path_factory.getbasetemp(), text)
    except UsageError:
        return
