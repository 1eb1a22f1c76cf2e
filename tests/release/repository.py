"""A small git repository with what a release needs."""

from __future__ import annotations

import subprocess
from pathlib import Path

from tests.programs import needed

GIT = ["git", "-c", "user.name=n", "-c", "user.email=e", "-c", "commit.gpgsign=false", "-c", "tag.gpgsign=false"]


def run(top: Path, *words: str) -> None:
    subprocess.run([*GIT, *words], cwd=top, check=True, capture_output=True)


def commit(top: Path) -> None:
    run(top, "add", "-A")
    run(top, "commit", "-q", "--allow-empty", "-m", "a change")


def repository(top: Path) -> Path:
    needed("git")
    (top / "backuptool").mkdir(parents=True)
    (top / "backuptool" / "__init__.py").write_text('"""x"""\n\n__version__ = "1.2.3"\n')
    (top / "CHANGELOG.md").write_text(
        "# Changelog\n\n## [Unreleased]\n\n## [1.2.3] - 2026-11-25\n\n- This.\n\n## [1.2.2] - x\n"
    )
    (top / "kept.txt").write_text("kept\n")
    run(top, "init", "-q")
    commit(top)
    return top
