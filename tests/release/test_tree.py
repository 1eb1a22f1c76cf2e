"""Nothing is released from a tree that is not what it says it is."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from backuptool import __version__
from release.refused import Refused
from release.tree import check_tree, git, section, version_of
from tests.release.repository import commit, repository, run

TOP = Path(__file__).parents[2]


@pytest.fixture
def top(tmp_path: Path) -> Path:
    return repository(tmp_path / "clone")


def test_a_clean_tree_whose_tag_is_its_version_is_fine(top: Path) -> None:
    assert check_tree(top) == "1.2.3"
    run(top, "tag", "v1.2.3")
    assert check_tree(top) == "1.2.3"
    assert section(top, "1.2.3") == "- This."


def changelog(old: str, new: str) -> Callable[[Path], None]:
    def change(top: Path) -> None:
        path = top / "CHANGELOG.md"
        path.write_text(path.read_text().replace(old, new))
        commit(top)

    return change


def version(said: str) -> Callable[[Path], None]:
    def change(top: Path) -> None:
        path = top / "backuptool" / "__init__.py"
        path.write_text(path.read_text().replace("1.2.3", said))
        changelog("1.2.3", said)(top)

    return change


def hidden(top: Path) -> None:
    run(top, "config", "status.showUntrackedFiles", "no")
    (top / "new.py").touch()


def without(name: str) -> Callable[[Path], None]:
    def change(top: Path) -> None:
        (top / name).unlink()
        commit(top)

    return change


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda top: (top / "kept.txt").write_text("changed\n"), "the tree is dirty: M kept.txt"),
        (lambda top: (top / "new.py").touch(), "the tree is dirty: ?? new.py"),
        (hidden, "the tree is dirty: ?? new.py"),
        (lambda top: (top / "kept.txt").unlink(), "the tree is dirty: D kept.txt"),
        (lambda top: run(top, "tag", "v1.2.4"), "the tag v1.2.4 is not the version: backuptool/__init__.py says 1.2.3"),
        (lambda top: run(top, "tag", "1.2.3"), "the tag 1.2.3 is not the version"),
        (changelog("## [1.2.3] - 2026-11-25", "## [1.2.4] - 2026-11-25"), "CHANGELOG.md has no section [1.2.3]"),
        (changelog(" - 2026-11-25", ""), "the section [1.2.3] has no date"),
        (changelog("2026-11-25", "soon"), "the section [1.2.3] has no date"),
        (changelog("2026-11-25", "2999-01-31"), "CHANGELOG.md: the section [1.2.3] is of 2999-01-31, the commit of 2"),
        (version("1.2.3rc1"), "backuptool/__init__.py: the version 1.2.3rc1 is not of three numbers"),
        (version("1.2.3-rc.1"), "backuptool/__init__.py: the version 1.2.3-rc.1 is not of three numbers"),
        (version("1.2"), "backuptool/__init__.py: the version 1.2 is not of three numbers"),
        (version("01.2.3"), "backuptool/__init__.py: the version 01.2.3 is not of three numbers"),
        (changelog("- This.", ""), "the section [1.2.3] is empty"),
        (without("CHANGELOG.md"), "there is no CHANGELOG.md in "),
        (without("backuptool/__init__.py"), "there is no backuptool/__init__.py in "),
    ],
)
def test_what_is_wrong_is_said(top: Path, spoil: Callable[[Path], object], said: str) -> None:
    spoil(top)
    with pytest.raises(Refused) as caught:
        check_tree(top)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_tag_that_it_is_done_for_must_be_the_versions_and_be_there(top: Path) -> None:
    for tag, said in (("v1.2.4", "v1.2.4 is not the version"), ("v1.2.3", "v1.2.3 is not at this commit")):
        with pytest.raises(Refused, match=said):
            check_tree(top, tag)
    run(top, "tag", "v1.2.3")
    assert check_tree(top, "v1.2.3") == "1.2.3"


def test_what_is_listed_as_unreleased_is_not_forgotten_by_a_tag(top: Path) -> None:
    changelog("## [Unreleased]\n", "## [Unreleased]\n\n- That.\n")(top)
    assert check_tree(top) == "1.2.3"
    run(top, "tag", "v1.2.3")
    for tag in ("", "v1.2.3"):
        with pytest.raises(Refused, match=r"CHANGELOG.md has changes under \[Unreleased\]"):
            check_tree(top, tag)


def test_a_host_without_git_is_told(top: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    with pytest.raises(Refused, match=r"^there is no git in PATH$"):
        check_tree(top)


@pytest.mark.needs("git")
def test_a_folder_without_git_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="git status"):
        check_tree(tmp_path)


def test_this_tree_has_a_version_and_its_section() -> None:
    assert version_of(TOP) == __version__
    assert "###" in section(TOP, __version__)


def test_no_test_commits_into_the_repository_whose_hook_runs_it(tmp_path: Path) -> None:
    other = repository(tmp_path / "other")
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    one = f"{__file__}::test_what_is_listed_as_unreleased_is_not_forgotten_by_a_tag"
    argv = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", one]
    done = subprocess.run(
        argv, cwd=TOP, env={**kept, "GIT_DIR": str(other / ".git")}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout
    assert git(other, "rev-list", "--all", "--count") == "1"
