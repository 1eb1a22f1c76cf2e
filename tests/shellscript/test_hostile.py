"""Scripts that are none, that are too much, or that were written elsewhere: they are read, or refused; nothing runs."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backuptool.errors import UsageError
from backuptool.shellscript import Unclear, Value, read_script
from tests.shellscript.reading import read


@pytest.mark.parametrize("text", ['X="a', "X='a", "X=$(date", "X=`date", "X=${A:-b", "X=a\0"])
def test_what_no_shell_reads_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(UsageError):
        read(tmp_path, text)


def test_nothing_in_it_is_run(tmp_path: Path) -> None:
    read(tmp_path, f'touch {tmp_path}/ran\nX=$(touch {tmp_path}/ran)\n: "${{X:=`touch {tmp_path}/ran`}}"\n')
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize(
    "text",
    [
        "X=" + "${a:-" * 3000 + "}" * 3000,
        "X=" + "$(" * 3000 + ")" * 3000,
        "{ " * 3000,
        "! " * 3000 + "true",
        "if a; then b; " + "elif a; then b; " * 3000 + "fi",
        "f() " * 3000 + "{ a; }",
    ],
)
def test_what_is_nested_too_deeply_is_refused_with_its_line(tmp_path: Path, text: str) -> None:
    with pytest.raises(UsageError, match="what begins in line 2 is nested too deeply to be followed"):
        read(tmp_path, f"\n{text}")


def test_a_value_that_doubles_and_doubles_is_not_known_and_said_in_a_line(tmp_path: Path) -> None:
    found = read(tmp_path, "X=a\n" + "X=$X$X\n" * 40).variables["X"]
    assert isinstance(found, Unclear)
    assert len(found.why) < 300


def test_an_array_that_grows_and_grows_is_not_known(tmp_path: Path) -> None:
    found = read(tmp_path, "X=(a b)\n" + 'X+=("${X[@]}" "${X[@]}")\n' * 40).variables["X"]
    assert isinstance(found, Unclear)
    assert None in found.words
    assert len(found.words) < 10_000


@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("A=" + "a" * 4000 + "\nX=${A%%*a*a*a*a*a*a*ab}", "is made by a pattern"),
        ("A=" + "a" * 60000 + "\nX=${A%%*b}", "is made by a pattern"),
        ("X=a; [ " + "-z a -o " * 3000 + " ] && X=b", "is set to one or the other under a condition"),
        ("X=a; [ " + "! " * 3000 + " -z a ] && X=b", "is set to one or the other under a condition"),
    ],
)
def test_what_would_take_too_long_is_not_worked_out(tmp_path: Path, text: str, why: str) -> None:
    found = read(tmp_path, text).held("X")
    assert isinstance(found, Unclear), found
    assert found.why == why


@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    "text",
    [
        "A=a" + "\nA=$(date)" * 20_000,
        "cat <<E\n" + "a line\n" * 30_000 + "E\n",
        "export $1\n" * 12_000,
        "A=" + "a" * 900 + "\n" + "case $A in *a*b) X=c;; esac\n" * 4_000,
        "f() { X=a; }; f\n" * 10_000,
        "echo " + "[{," * 60_000,
        "(( " + "a[" * 100_000 + " ))",
    ],
    ids=["assignments", "document", "unseen", "patterns", "functions", "braces", "elements"],
)
def test_a_script_of_hundreds_of_kilobytes_comes_to_an_end(tmp_path: Path, text: str) -> None:
    found = read(tmp_path, f"{text}\n")
    assert len([one for one in found.unread if "called too often" in one.how]) <= 1


def test_a_script_that_is_larger_is_refused_as_that(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="script is larger than 256 KiB, which is not read"):
        read(tmp_path, "# a comment\n" * 30_000)


@pytest.mark.parametrize("text", ["[ -f {} ] && X=b", ". {}", "cd {}", "X=$(cd {} && pwd)", "X=$(readlink -f {})"])
def test_a_path_that_the_system_does_not_look_at_is_not_there(tmp_path: Path, text: str) -> None:
    """As one in a folder that is closed to who runs this, or one that is too long."""
    read(tmp_path, text.format("/" + "a" * 5000))


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


@settings(max_examples=300)
@given(st.text(alphabet="X=ab \n\t'\"`$(){}[]<>&|;#\\:-+%~/*?!", max_size=40))
def test_whatever_it_is_it_is_read_or_refused(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    try:
        read(tmp_path_factory.getbasetemp(), text)
    except UsageError:
        return
