"""What runs under a condition or in a shell of its own, and what that leaves of a value."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.shellscript.reading import doubt_of_x, in_bash_from, value_of_x

STATIC = [
    "X=a && true", "if true; then X=a; fi", "case x in x) X=a;; esac", "for i in 1; do X=a; done", "( X=a; ); X=b",
    "X=a\nexit 0\nX=b", "[ 1 -lt 2 ] && X=a", "X=a|true; X=b", 'X=a\nif [ "$X" = "b" ]; then\n  echo "x)"\nfi',
    "while false; do X=b; done; X=a", "case x in\nfunction) Y=b;;\nesac\nX=a",
    "X=a; Y=$(case x in x) echo 1; exit;; (y) echo 2; exit;; esac); X=b",
    "X=a\nY=$(if true; then case x in *) case y in y) exit;; esac;; esac; fi); X=b", "X=a; Y=$(echo case x in); X=b",
    "case x in\nif) :;;\n(case | do) :;;\nx) :\nesac\nX=a\nX=b", "( case x in x) :;; esac; Y=b ); X=a; X=b",
    "X=a; X=b | true", "X=a; X=b & wait", "X=a; exit\nit's none", "exit | true; X=a", "test && X=a; : ${X:=a}; X=$X/b",
    "if true; then A=a; X=$A/b; fi", "true && A=a && X=$A/b", '[ -z "$A" ] && A=a; X=$A/b',
    'if [ -z "${A-}" ]; then A=a; fi; X=$A/b', "case x in x) A=a; X=$A/b;; esac", "for i in 1; do A=a; X=$A/b; done",
    "X=a; [ -d / ] || exit; X=b",
    "X=a\n( case x in x) :;; esac; X=b )", "( A=b; true )\nX=${A:-c}", "if test $1; then A=b; else X=${A:-c}; fi",
    "case $1 in a) A=b;; *) X=c${A:-d};; esac", "[ -z $A ] || A=b\nX=${A:-c}",
    "if [ -z $A ]; then B=b; else A=b; fi\nX=${A:-c}", "if [ a = b ]; then X=b; else X=a; fi",
    "[ ! -n '' ] && X=a || X=b",
    "X=a; [[ a == b || -z '' ]] && X=b", "X=a; [[ a != b && -n a ]] && X=b", "X=a; ! [ a = b ] && X=b",
    "X=a; case $1 in b) X=b; exit;; esac; Y=b", "X=a; if test $1; then X=b; exit; else X=c; fi",
    "case $1 in b) X=a;; *) X=a;; esac; X=$X/b", "for i in 1; do X=b; break; done; X=a",
    "X=a; while test $1; do X=b; exit; done",
    "X=a; trap 'Y=b; exit 1' ERR", "X=a; trap 'X=b' INT TERM", "X=a; trap - ERR",
    "X=a; until true; do X=b; return; done; X=c", "return; X=a",
    "X=a; [[ a = b && -n a || -n a ]] && X=b", "X=a; [[ ! ( a = a || b = b ) ]]; X=b",
    "case a in a) X=b;& *) X=$X/c;; esac; X=a", "X=a; [ -n $A ] && X=b", "X=a; [ ! -n $A ] && X=b",
    "X=a; [ $A ] && X=b; Y=c", "X=a; [ \"$A\" ] || X=b", "D=0; X=a; [ $D -eq 1 ] && X=b; Y=c",
    "D=1; X=a; [ x$D = x1 ] && X=b",
    "D=false; X=a; if $D; then X=b; fi", "D=true; X=a; $D && X=b", "X=a; : && X=b", "X=a; false || X=b",
    "true() { return 1; }; X=a; true && X=b; Y=c", "X=a; [ \"$A\" != ']' ] && X=b",
    "A=']'; X=a; [ -z \"$A\" ] && X=b; Y=c",
    "A=/a; [[ $A == */ ]] || A=$A/; X=$A", "A=/a/; [[ $A != */ ]] && A=$A/; X=$A", "[[ ab == 'a*' ]] && X=b || X=c",
    "A='a b'; X=a; [[ $A == a* ]] && X=b", "[[ 'a*' == a\\* ]] && X=b || X=c",
    "A=/a; case $A in */) ;; *) A=$A/;; esac; X=$A", "A=/a/; case $A in */) ;; *) A=$A/;; esac; X=$A",
    "case abc in a*|x) X=b;; *) X=c;; esac", "case b in a) X=a;; b) X=b;; b) X=c;; esac",
    "case $A in '') X=b;; *) X=c;; esac",
    "A='*'; case b in \"$A\") X=c;; *) X=d;; esac", "case a/b in a?b) X=b;; esac",
    "case ${A:=b} in b) X=c;; esac; X=$X$A",
    "case 'a b' in a\\ b) X=b;; esac", "case b in a) exit;; *) X=b;; esac; X=$X/c",
    "X=a; case b in a) X=b; exit;; esac; X=$X/b",
    "X=a; for i in 1 2; do exit; done; X=b", "X=a; for i in 1; do X=b; done", "X=a; for i in ''; do X=b; break; done",
    "X=a; A='1 2'; for i in $A; do X=b; continue; X=c; done",
    "f() { for i in 1; do return; done; X=b; }; X=a; f; X=$X/c",
    "for i in 1 2; do for j in 1 2; do X=a; break 2; done; X=b; done", "for i in 1; do X=a; break 1; X=b; done",
    "X=a; for i in 1 2; do for j in 1; do continue 2; done; X=b; done; X=$X/c",
    "f() { for i in 1; do break 2; done; X=b; }; X=a; for i in 1; do f; done",
]  # fmt: skip
UNCLEAR = [
    ("trap 'X=b' ERR\nX=a; test -d /nowhere", "may be set by a trap at any time", 2),
    ("X=a\n[ $A != b ] && X=b", "is set to one or the other under a condition", 2),
    ("A='b c'; X=a\n[ $A != b ] && X=b", "is set to one or the other under a condition", 2),
    ("X=a\n[ $A -o b = b ] && X=b", "is set to one or the other under a condition", 2),
    ("X=a\n[ -n $A -a b = b ] && X=b", "is set to one or the other under a condition", 2),
    ("shopt -s nocasematch; X=a\n[[ A == a ]] && X=b", "is set to one or the other under a condition", 2),
    ("shopt -s nocasematch; X=a\ncase A in a) X=b;; esac", "is set to one or the other under a condition", 2),
    ("shopt -s extglob; X=a\ncase ab in *(ab)) X=b;; *) X=c;; esac", "is set to one or the other under a condition", 2),
    ("X=a\ncase b in [a-c]) X=b;; esac", "is set to one or the other under a condition", 2),
    ("X=a\ncase $1 in b) X=b;; esac", "is set to one or the other under a condition", 2),
    ("X=a\n[ -s /dev/null ] && X=b", "is set to one or the other under a condition", 2),
    ("X=a\ntrap 'X=b' ERR", "is set to one or the other under a condition", 2),
    ("X=a\ntrap 'X=b; exit' USR1; trap - ERR; trap 'X=c' DEBUG", "is set to one or the other under a condition", 2),
    ("X=a\n[[ ! ( a = b || a = a ) ]] && X=b", "is set to one or the other under a condition", 2),
    ("case $1 in a) A=b;&\nc) X=c$A;; esac", "refers to A, which is set under a condition only", 2),
    ("X=a\nwhile test $1; do\nX=b; break\ndone", "is set to one or the other under a condition", 3),
    ("X=a\nif test $1; then :; elif [ -z '' ]; then\nX=b; fi", "is set to one or the other under a condition", 3),
    ("X=a\n[ $1 = b ] && X=b", "is set to one or the other under a condition", 2),
    ("X=a; Y=b; Z=c\nfor i in $1; do X=$Y; Y=$Z; Z=d; done", "is set to one or the other under a condition", 2),
    ("X=a\nif test $1; then X=b; fi", "is set to one or the other under a condition", 2),
    ("X=a\n[ -n $1 ] && X=b", "is set to one or the other under a condition", 2),
    ("if test $1; then\nX=a\nelse\nX=b\nfi", "is set to one or the other under a condition", 4),
    ("if test $1; then A=b; fi\nX=a$A", "refers to A, which is set under a condition only", 2),
    ("test $1 && A=b\nX=${A:-c}", "refers to A, which is set under a condition only", 2),
    ("X=b\nfor i in $1; do\nX+=a; done", "is set to one or the other under a condition", 3),
    ("test $1 && X=a\n: ${X:=b}", "is set to one or the other under a condition", 2),
    ("X=$(date)\ntest $1 && X=a", "is set to one or the other under a condition", 2),
    ("X=$(date)\nif test -z $X; then\nX=a\nfi", "is set to one or the other under a condition", 3),
    ("if test $1; then [ -z $A ] && A=b; fi\nX=$A", "refers to A, which is set under a condition only", 2),
    ("[ -z $A ] && true; if test $1; then A=b; fi\nX=$A", "refers to A, which is set under a condition only", 2),
    ("case $1 in\ndone) X=a;;\nx) X=b;; esac", "is set to one or the other under a condition", 3),
    ("X=a\nX=$(case b in b) echo c;; esac)", "is made by a command substitution", 2),
    ("X=a\nfor i; do X=b; done", "is set to one or the other under a condition", 2),
    ("X=a\nfor i in $1 $(date) /usr/bi*; do X=b; done", "is set to one or the other under a condition", 2),
    ("X=a\nfor i in 1; do for j in 1; do break $1; done; X=b; done", "is set to one or the other under a condition", 2),
    ("X=a\nfor i in 1; do for j in 1; do break -1; done; X=b; done", "is set to one or the other under a condition", 2),
    ("X=a\nselect i in 1 2; do X=b; done", "is set to one or the other under a condition", 2),
    ("for X in a b; do true; done", "is what a loop goes through", 1),
]


@pytest.mark.parametrize(
    "text",
    [
        '[ "${FLOCKER}" != "$0" ] && exec env FLOCKER="$0" bash "$0" "$@" || :',  # flock(1) has it
        'if [ -z "$LOCKED" ]; then LOCKED=1 exec bash "$0" "$@"; fi',
    ],
)
def test_what_runs_itself_again_goes_on_there(tmp_path: Path, text: str) -> None:
    assert value_of_x(tmp_path, f"{text}\nX=a") == in_bash_from(tmp_path, f"{text}\nX=a")


@pytest.mark.parametrize("test", ["[ a == a ]", "[[ a = a ]]", "test a == a", "[ -n b ] && [[ -n a ]]"])
def test_a_test_of_bash_may_fail_in_another_shell(tmp_path: Path, test: str) -> None:
    assert value_of_x(tmp_path, f"#!/usr/bin/env bash\nX=a\n{test} && X=b") == "b"
    for shell in ("/bin/sh -e", "/bin/dash"):
        why = "is set to one or the other under a condition"
        assert doubt_of_x(tmp_path, f"#!{shell}\nX=a\n{test} && X=b") == (why, 3)
