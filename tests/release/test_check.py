"""release-check stops with one line where something is wrong, and leaves dist/ as it was."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from release import check
from release.check import TESTS, TOP, Release, main
from release.refused import Refused
from tests.release.repository import repository


def test_a_dirty_tree_stops_it_before_anything_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    top = repository(tmp_path / "top")
    (top / "dist").mkdir()
    (top / "dist" / "old.whl").touch()
    (top / "kept.txt").write_text("changed\n")
    monkeypatch.setattr(check, "TOP", top)
    assert main() == 1
    assert capsys.readouterr().err.splitlines()[0].startswith("release-check: the tree is dirty: ")
    assert [path.name for path in (top / "dist").iterdir()] == ["old.whl"]


def test_the_notes_are_the_changelogs_section_and_the_sums_are_right(tmp_path: Path) -> None:
    release = Release(repository(tmp_path / "top"), tmp_path)
    release.out.mkdir()
    (release.out / "x.whl").write_text("x")
    release.describe("1.2.3")
    assert (release.out / "NOTES.md").read_text() == "- This.\n"
    checking = ["sha256sum", "--check", "--strict", "SHA256SUMS"]
    assert subprocess.run(checking, cwd=release.out, check=False, capture_output=True).returncode == 0
    (release.out / "x.whl").write_text("y")
    assert subprocess.run(checking, cwd=release.out, check=False, capture_output=True).returncode == 1


def test_a_program_that_fails_is_named_with_what_it_said() -> None:
    with pytest.raises(Refused, match="twine: no such thing"):
        check.run("twine", ["sh", "-c", "echo no such thing >&2; exit 3"])


def test_the_tests_it_runs_are_there() -> None:
    for one in TESTS:
        path, _, name = one.partition("::")
        assert (TOP / path).exists()
        assert f"def {name.partition('[')[0]}(" in (TOP / path).read_text() or not name


def test_ci_runs_it_after_the_tests() -> None:
    steps = re.findall(r'^step "(.*)"', (TOP / ".ci" / "run").read_text(), re.MULTILINE)
    assert steps.index("make release-check") > steps.index("make test")
