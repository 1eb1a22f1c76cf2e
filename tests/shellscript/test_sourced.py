"""Files that a script sources."""

from __future__ import annotations

from pathlib import Path

from backuptool.shellscript import Called, Unclear, Value
from tests.shellscript.reading import read


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


def test_files_that_source_each_other_come_to_an_end(tmp_path: Path) -> None:
    assert read(tmp_path, f"X=a\n. {tmp_path}/script\n").variables["X"] == Value("a", tmp_path / "script", 1)


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
