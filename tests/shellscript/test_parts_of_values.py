"""What ${NAME%pattern} and its like leave of a value, and what dirname, cd and pwd make of a path."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.shellscript.reading import in_bash_from, value_of_x

STATIC = [
    "A=/a/b/; X=${A%/}", "A=/a/b; X=${A%/}", "A=/a/b/c; X=${A%/*}", "A=/a/b/c; X=${A%%/b*}", "A=/a/b/c; X=${A##*/}",
    "A=file:///a; X=${A#file://}", "A=/a/b/c; X=${A#*/}", "A=a.sql.gz; X=${A%.*}", "A=a.sql.gz; X=\"${A%%.*}.tar\"",
    "A=abc; X=${A%?}", "A='a*b'; X=${A%\"*\"*}", "A='a*b'; X=${A%'*b'}", "A=a/b; B=/b; X=${A%$B}", "A=abc; X=${A%x*}",
    "A=aaa; X=${A#a}${A##a}${A##*a}", "A=; X=a${A%/*}", "X=/a/; X=${X%/}/b", "A='a b/'; X=${A%/}",
    "A=a}b; X=${A%\\}*}",
    "f() { X=${1%/}/b; }; f /a/", "A=$'a'; A=a/b; X=${A%%\\/*}", "X=a; X=${X[0]}",
    "X=$(dirname /a/b/)", "X=$(dirname a)", "X=$(dirname /a)", "X=\"$(dirname \"/a b/c\")/d\"", "X=$(dirname //)",
    "X=$(basename /a/b.sh)", "X=$(basename /a/b.sh .sh)", "X=$(basename .sh .sh)", "X=$(basename /)",
    "X=`dirname /a/b`",
    "A=/a/b; X=$(dirname -- $A)", "X=$(dirname $(dirname /a/b/c))", "X=$(cd /usr/../usr/./bin && pwd)",
    "X=$(cd /usr/bin; pwd)", "X=$(cd -P / && pwd -P)",
]  # fmt: skip
UNCLEAR = [
    ("A=a\nX=${A%[a-z]}", "is made by a pattern", 2),
    ("A=a; B='*'\nX=${A%$B}", "is made by a pattern", 2),
    ("shopt -s extglob\nA=a//; X=${A%%+(/)}", "is made by a pattern", 2),
    ("X=${A%/}", "refers to A, which it does not set", 1),
    ("A=$(date)\nX=${A%/}", "refers to A, which is made by a command substitution", 2),
    ("A=b\nX=${A/b/c}", "is made by ${A…}, a part of a value", 2),
    ("X=$(cd /none/there && pwd)", "is made by a command substitution", 1),
    ("X=$(cd relative && pwd)", "is made by a command substitution", 1),
    ("X=$(cd / && ls)", "is made by a command substitution", 1),
    ("X=$(dirname $1)", "is made by a command substitution", 1),
    ("X=$(dirname /a /b)", "is made by a command substitution", 1),
    ("A='/a b'; X=$(dirname $A)", "is made by a command substitution", 1),
    ("dirname() { echo b; }; X=$(dirname /a/b)", "is made by a command substitution", 1),
]
OF_THE_SCRIPT = [
    "X=$0", "X=$(dirname $0)", 'X="$(cd "$(dirname "$0")" && pwd)"/a', "X=${0%/*}/a", "X=$(basename $0)", "X=${0##*/}",
    'D="$( cd "$( dirname "${BASH_SOURCE[0]}" )" >/dev/null 2>&1 && pwd )"; X=$D/a',
    'X=$(dirname "$(readlink -f "$0")")',
    'X=$(dirname "$(realpath "$BASH_SOURCE")")', 'f() { X=$(dirname "$0")/$1; }; f a', "cd $(dirname $0); . ./more",
    'cd "$(dirname "$0")" || exit 1; source ./more', '. "$(dirname "$0")/more"',
    "cd /; cd ${0%/*} && . ../$(basename ${0%/*})/more",
]  # fmt: skip


@pytest.mark.parametrize("text", OF_THE_SCRIPT)
def test_a_script_knows_where_it_stands_as_cron_names_it(tmp_path: Path, text: str) -> None:
    (tmp_path / "more").write_text('X="from $(basename "$BASH_SOURCE")"\n')
    assert value_of_x(tmp_path, text) == in_bash_from(tmp_path, text)


def test_where_a_file_is_that_is_named_by_a_link_is_known(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path)
    assert value_of_x(tmp_path / "link", 'X=$(dirname "$0")') == str(tmp_path / "link")
    assert value_of_x(tmp_path / "link", 'X=$(cd -P "$(dirname "$0")" && pwd)') == str(tmp_path)
