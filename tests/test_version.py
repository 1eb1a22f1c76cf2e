"""--version says which version, and which commit where that is known."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from backuptool import __version__

TOP = Path(__file__).parents[1]
GIT = ["git", "-c", "user.name=n", "-c", "user.email=e", "-c", "commit.gpgsign=false"]
MAIN = "import sys; from backuptool.cli import main; sys.exit(main(['--version']))"


def said(place: Path, path: str = os.environ["PATH"], **more: str) -> str:
    """What the package in `place` says."""
    command = [sys.executable, "-B", "-c", MAIN]
    done = subprocess.run(command, cwd=place, env={"PATH": path, **more}, capture_output=True, text=True, check=True)
    assert done.stderr == ""
    return done.stdout


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The package alone, in a folder without git."""
    shutil.copytree(TOP / "backuptool", tmp_path / "backuptool", ignore=shutil.ignore_patterns("__pycache__", "commit"))
    return tmp_path


def test_without_git_it_is_the_version_alone(copy: Path) -> None:
    assert said(copy) == f"backuptool {__version__}\n"


def test_what_was_built_says_of_which_commit(copy: Path) -> None:
    (copy / "backuptool" / "data" / "commit").write_text("0123456789ab\n")
    assert said(copy) == f"backuptool {__version__} (commit 0123456789ab)\n"


def committed(place: Path) -> Path:
    for words in (["init", "-q"], ["add", "."], ["commit", "-q", "-m", f"of {place}", "--allow-empty"]):
        subprocess.run([*GIT, *words], cwd=place, check=True, capture_output=True)
    return place


@pytest.mark.needs("git")
def test_a_checkout_says_its_commit_where_there_is_git(copy: Path) -> None:
    committed(copy)
    assert re.fullmatch(rf"backuptool {re.escape(__version__)} \(commit [0-9a-f]{{12}}\)\n", said(copy))
    assert said(copy, path="/nonexistent") == f"backuptool {__version__}\n"


@pytest.mark.needs("git")
def test_a_checkout_in_whose_environment_git_has_another_repository_says_its_own_commit(copy: Path) -> None:
    """So do git's hooks start what they start."""
    (copy / "other").mkdir()
    other = committed(copy / "other") / ".git"
    assert said(committed(copy), GIT_DIR=str(other)) == said(copy)


def test_a_folder_that_only_looks_like_a_checkout_says_nothing_of_git(copy: Path) -> None:
    (copy / ".git").write_text("gitdir: /nonexistent\n")
    assert said(copy) == f"backuptool {__version__}\n"
