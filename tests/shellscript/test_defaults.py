"""What ${NAME:=word} leaves of NAME where something around it is not known; NAME=word before what sets variables."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.shellscript.reading import doubt_of_x, read

ONE_OR_THE_OTHER = "is set to one or the other under a condition"
STATIC = [
    "A=; B=${A:=b}$(date); X=$A", "X=b; B=$(date)${X:=c}", "A=a; B=${A=$(date)}; X=$A",
    "A=; B=$(basename ${A:=b}); X=$A/$B", "A=; M=(${A:=b}); X=$A", "X=a; : $(( X == 1 ))",
    "A=o; A=$(date) X=$A true; X=$A",
    "X=; M=($(date) X=b); X=c", "X=a; true > /dev/null <<'E'\n${X:=b}\n$((X = 3))\nE", "X=a; true <<E\n${X:=b}\nE",
    "X=; true <<E\n\\${X:=b}\nE\nX=$X/c",
    ":() { true; }; X=a; X=b :", "X=a; X=b $A c", "X=a; A=; X=b $A $(date) c; X=$X/d",
]  # fmt: skip
UNCLEAR_DEFAULTS = [
    "X=o\nX=$(true) B=${X:=b} true",
    "X=\nX=$(true) B=${X=b} C=$X true",
    "X=o\nX=$1 B=${X:=b} export C=$X",
    "X=o; f() { true; }\nX=$(true) B=${X:=b} f",
    "X=o; f() { true; }\nif X=$(true) B=${X:=b} f; then true; fi",
    "X=o\nfor i in a b; do X=$(true) B=${X:=b} true; done",
    "X=\nB=${X:=$(date)}",
    "X=\nB=$(date)${X:=b}",
    "X=\nB=`date`/${A:-${X:=b}}",
    "X=; A=$(date)\nB=${A:-${X:=b}}",
    "X=; A=$(date)\nB=${A%${X:=b}}",
    "X=\necho $(date)${X:=b}",
    "X=; A='*'\necho $A${X:=b}",
    "X=\necho {a,b}${X:=b}",
    'X=\n[ "$(date)${X:=b}" = c ] && true',
    "X=\ncase $(date)${X:=b} in a) ;; esac",
    "X=\ncase a in $(date)${X:=b}) ;; esac",
    "X=\nfor i in $(date)${X:=b}; do true; done",
    "X=\nexport B=$(date)${X:=b}",
    "X=\nM=(a $(date)${X:=b})",
    "X=\ntrue > ${X:=/dev/null}",
    "X=\n> ${X:=/dev/null}",
    "X=\nM[0]=${X:=$(date)}",
    "X=\nprintf -v A %s $(date)${X:=b}",
    'X=\n: <<E\na " ${X:=b}\nE',
    "X=\nif : <<-E; then A=b; fi\n\t${A:-${X=b}}\n\tE",
    "X=\n: <<E\n\\\\${X:=b}\nE",
    "X=\n: <<A <<'B'\n${X:=b}\nA\nb\nB",
    "X=\n{ true; } > ${X:=/dev/null}",
    "X=\nwhile false; do true; done < ${X:=/dev/null}",
    "X=\nf() { true; } > ${X:=/dev/null}; f",
    "X=\nwhile false; do true; done <<E\n${X:=b}\nE",
    "X=\nA=${B/a/${X:=b}}",
]
UNCLEAR = [
    *((text, ONE_OR_THE_OTHER, 2) for text in UNCLEAR_DEFAULTS),
    *(
        (f"X=a\n{text}", "is set for a command that sets variables", 2)
        for text in ("X=b export X", "X=b readonly B", "X=b unset X", "X=b eval X=c", "X=b read -r A")
    ),
    *(
        (f"X=a\n{text}", "is set for a command that may keep it", 2)
        for text in (
            "X=b :",
            "X=b set -u",
            "X=b trap - INT",
            "X=b exec > /dev/null",
            "for i in 1; do X=b continue; done",
        )
    ),
    *(
        (f"X=a\n{text}", "is set for a command that may be none", 2)
        for text in ("X=b $A", "X=b $(date)", "A=; X=b $A $A", 'X=b "$@"')
    ),
    *(
        (f"X=\n{text}", "is worked out while it runs", 2)
        for text in (
            "(( ${X:=1} ))",
            "B=$(( ${X:=3} + 1 ))",
            "B=${A:-$(( X = 3 ))}",
            "M=(a $((X = 3)))",
            ": <<E\n$((X = 3))\nE",
            "A=${M[X=1]}",
            "A=${M[${X:=1}]}",
            "A=${#M[X=1]}",
            "A=${A:X=1}",
            "M[X=2]=a",
            "M[X++]+=a",
            "declare M[X=2]=a",
            "M=([X=2]=a)",
        )
    ),
]


def test_a_variable_that_may_be_set_so_has_no_default(tmp_path: Path) -> None:
    assert doubt_of_x(tmp_path, "A=$(true) B=${A:=b} true\nX=${A:-c}") == (f"refers to A, which {ONE_OR_THE_OTHER}", 2)


@pytest.mark.parametrize("text", ["A=b eval 'X=${A:-a}'", "A=b . ./more", "A=b command eval 'X=${A:-a}'"])
def test_what_is_set_for_a_text_that_is_run_here_is_not_followed(tmp_path: Path, text: str) -> None:
    (tmp_path / "more").write_text("X=${A:-a}\n")
    script = read(tmp_path, f"cd {tmp_path}; X=a\n{text}")
    assert [one.line for one in script.unread] == [2]
