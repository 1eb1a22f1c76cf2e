"""What a function has for itself, and what it leaves of the variables that this hides."""

from __future__ import annotations

from pathlib import Path

from tests.shellscript.reading import read

ONE_OR_THE_OTHER = "is set to one or the other under a condition"
HANDED_ON = "is set for a function that exports or unsets it"
STATIC = [
    "X=a; f() { test -d /nowhere && local X; true; }; f; X=b",
    "X=a; f() { if test -d /nowhere; then local X=b; else local X=c; fi; X=d; }; f",
    "X=a; f() { [ -d / ] && return; local X=b; X=c; }; f",
    "X=a; f() { [ -d / ] && { local X=b; return; }; X=a; }; f",
    "X=a; f() { local X=b; g; }; g() { X=c; }; f",
    "X=a; f() { local X=b; g; X=$X; }; g() { local X=c; }; f",
    "X=a; f() { X=c; }; X=b f",
    "f() { declare -gx X=c; }; X=a; f",
    "X=a; f() { X=$X/b; }; X=$X/c f",
    "export X; unset X; f() { X=c; }; g() { X=b f; f; }; g",
    "X=a; f() { true; }; X=b f; g() { unset X; X=c; }; g",
    "W=; X=a; V=${W:=b} true; X=$X$W",
    "V=c; X=a; V=${X:=b} true; X=$X$V",
    "X+=${X:=a}",
    "V=a; V=b W=${X:=c} true; X=$X$V",
    "X=${X:=a} true",
    "V=${V:=a} true; X=b$V",
    "X= V=${X:=a} true",
    "f() { X=$X/b; }; X=${X:=a} f",
    "X=a; local X=b",
    "X=a; f() { local X=b; local X=c; }; local -r X; f; X=$X/b",
]
UNCLEAR = [
    ("X=a\nf() { if test -d /nowhere; then\n local X=b; else\n X=c; fi; }\nf", ONE_OR_THE_OTHER, 3),
    ("X=a\nf() { test -d /nowhere || {\n local X; }\n X=c; }; f", ONE_OR_THE_OTHER, 3),
    ("X=a\nf() { export X; }\nX=b f", HANDED_ON, 3),
    ("X=a\nf() { unset X; X=c; }\nX=b f", HANDED_ON, 3),
    ("X=a\nf() { declare -g X=c; }\nX=b f", HANDED_ON, 3),
    ("X=a\nf() { g; }; g() { export X; }\nX=b f", HANDED_ON, 3),
]


def test_a_local_variable_that_is_exported_leaves_the_hidden_one_as_it_was(tmp_path: Path) -> None:
    script = read(tmp_path, "export Y=a; X=a; f() { local X Y=c; export X=b; a; }; f; b")
    found = {called.words: sorted(called.environment) for called in script.commands}
    assert found["a",] == ["X=b", "Y=c"]
    assert found["b",] == ["Y=a"]
