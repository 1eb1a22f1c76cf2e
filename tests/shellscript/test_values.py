"""What a variable is set to: quotes, expansions, what stands around an assignment. bash itself says what is right."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.shellscript.reading import in_bash, value_of_x

STATIC = [
    "X=a\\\n;Y=b", "X=a\\\n\nY=b", "X=plain", 'X="double quoted"', "X='single $HOME'", "X=a\"b\"'c'd",
    'X="a\\"b\\$c\\\\d\\e"', "X=a\\ b", "X=", 'X=""', "A=1; X=${A}2$A", 'A=/srv; X="$A/b"', "X=${NOPE:-/default}",
    'X="${NOPE:-/a b}"', "NOPE=; X=${NOPE:-d}", "NOPE=; X=${NOPE-d}", "A=v; X=${A:-d}", ': "${X:=assigned}"',
    "X=${A:=both}$A", "A=v; X=${A:+alt}", "X=${A:+alt}", 'X="${X:-itself}"', "A=v; X=${B:-$A/${C:-c}}",
    "X=a # comment", "X=a#no-comment", "# X=b\nX=a", "X=a; Y=b", "X=a Y=b", "X=1\nX=2", "X=a\nX+=b", "X=one\\\ntwo",
    'X="one\\\ntwo"', 'X="line\nend"', "true; X=a", "X=a\nY=c env", "cat <<END\nX=b\nEND\nX=a",
    "cat <<-'E N'\n\tX=b\n\tE N\nX=a", "cat <<< X=b; X=a", "X=a > /dev/null", "X=~/home", "X=a~b", 'X="$HOME/x"',
    "X=https://h.example/a?b", "X=a$", "X='$['a",
    'X="a$"', "X=\"it's\"", "X='a'\"'\"'b'", "set -euo pipefail\nX=a",
    "exec 2> /dev/null\nX=a", "X=${A-'quoted'}", "X=ümläut", "\tX=a", "X=a;# b", "Y=$(echo '(' \")\"); X=a",
    "Y=`echo \\`echo b\\``; X=a", "N=$(ls | # don't\nwc -l); X=a", "N=$(#)\n ls); X=a",
    "Y=$(cat <<E\nit's (\nE\n)\nX=a", "Y=\"$(cat <<-'E'\n\tit's )\n\tE\n)\"; X=a",
    "cat <<E $(echo 1\necho 2)\nX=b\nE\nX=a", "Y=$(cat <<< a); X=a", "Y=$(echo ${#X} $# '#' b#c); X=a",
    "X=\"${NOPE:-a'b'c}\"", "X=\"${NOPE:-\"it's\"}\"", "X=${NOPE:-'a b'}", "X=\"${NOPE:-'$HOME'}\"",
    "Y=\"${HOME%'}'}\"; X=a", "exec {lock}> /dev/null\nX=a", "exec {lock}<&1; X=a", 'Y="${1:-"full {a}"}"; X=a',
    ': "${1-"usage: $0 {start|stop}"}"\nX=a', "A=; X=$A:~/b", "X=/a:~/b:~", "X=~:~/b", 'X=~"/a"', "A=; X=~$A/a",
    'X="~":"~"/a', "X=a:\\~/b", "X=${NOPE:-~/b}", 'X="${NOPE:-~/b}"', 'X=${NOPE:-"~"/b}',
    'X="${NOPE:-a\\nb\\ c\\$d\\"e\\}f}"', "X=${NOPE:-a\\nb}", "X=a; true | X=b", "X=https://h.example/?a=1&b=2; X=a",
    "X='\\'", "X=$'a'x", "X=\\$a", "X=$'a\\tb\\n'", "X='a'$'b\\'c'\"d\"",
    "X=\"$'a'\"", "X=$'a\\\\b'", "X=$'\\x41\\101\\u42\\q'",
    "M=(a 'b c'); X=${M[1]}", "M=(a b); X=$M/${M[0]}${M:+c}", "M=(a); M+=(b); X=${M[1]}", "M=(/a/b c); X=${M%/*}",
    "X=${A:-$'b'}", "HOME=/opt; X=~/a", "HOME=/opt; X=$HOME/a:~",
]  # fmt: skip
# bash itself wants such apostrophes in pairs, but for --posix.
POSIX = [
    "X=\"${NOPE:-couldn't}\"", "X=\"${NOPE:-${NO:-don't}}\"", "X=\"$(echo 'it')${NOPE:-'s}\"; X=a",
]  # fmt: skip
UNCLEAR = [
    ("X=$(date)", "is made by a command substitution", 1),
    ("\n\nX=`date`", "is made by a command substitution", 3),
    ('X="a$(date)b"', "is made by a command substitution", 1),
    ("X=$1", "is made by $1", 1),
    ("Y=a; X=${Y:1:2}", "is made by ${Y…}, a part of a value", 1),
    ("X=$[1+1]", "is made by arithmetic", 1),
    ("N=1\nX=a$[ $N + 1 ]", "is made by arithmetic", 2),
    ("X=1\nY=$[ X = 2 ]", "is worked out while it runs", 2),
    ("X=${#Y}", "is made by a parameter expansion", 1),
    ("X=(a b)", "is made by an array", 1),
    ("X=(a b); X+=c", "is made by an array", 1),
    *(
        (f"{array}; X=${{M[1]}}", "is made by ${M…}, a part of a value", 1)
        for array in (
            "M=($(date) b)",
            "M=(a)",
            "M=(a b=$(date))",
            "M=([1]=b a)",
            "M=a",
            "M=(a b); M[1]=c",
            "M=$(date)",
            "declare -A M=([1]=b)",
        )
    ),
    ('X="${M[@]}"', "is made by ${M…}, a part of a value", 1),
    ("M=(a); X=${M[3]}", "is made by ${M…}, a part of a value", 1),
    ("M=($(date)); X=$M", "refers to M, which is made by an array", 1),
    ("M=(a=$(date)); X=$M", "refers to M, which is made by an array", 1),
    ("X=$Y", "refers to Y, which it does not set", 1),
    ("Y=$(date)\nX=$Y/a", "refers to Y, which is made by a command substitution", 2),
    ("X=" + "a" * 60000 + "\nX=$X$X", "is longer than 65536 characters", 2),
    ("X=" + "a" * 60000 + "\nX+=$X", "is longer than 65536 characters", 2),
    ("X=~other/a", "begins with ~, the home of whoever runs it", 1),
    ("X=/a:~other/a", "begins with ~, the home of whoever runs it", 1),
    ("X=~other:/a", "begins with ~, the home of whoever runs it", 1),
    ("X=${NOPE:-/a:~/b}", "begins with ~, the home of whoever runs it", 1),
    *((f"X=$'{escape}b'", "is made by a string with $'…'", 1) for escape in ("\\0", "\\xe4", "\\u20ac", "\\cA")),
    *(
        (f"X=/a/${{{name}:-b}}", f"refers to {name}, which is not set by it alone", 1)
        for name in ("HOSTNAME", "UID", "USER", "PWD", "LANG", "RANDOM", "TMPDIR", "FUNCNAME")
    ),
]


@pytest.mark.parametrize("text", POSIX)
def test_apostrophes_in_a_default_are_what_the_standard_makes_of_them(tmp_path: Path, text: str) -> None:
    assert value_of_x(tmp_path, text) == in_bash(tmp_path, text, "--posix")
