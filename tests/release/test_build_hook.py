"""The commit that a build writes into the package is the source's own."""

from __future__ import annotations

import runpy
from pathlib import Path
from typing import Any

import pytest

from release.tree import git
from tests.release.repository import commit, repository

HOOK = runpy.run_path(str(Path(__file__).parents[2] / ".ci" / "build_hook.py"))


def written(root: Path) -> str:
    """What a build of `root` puts at data/commit."""
    build: dict[str, Any] = {"force_include": {}}
    hook = HOOK["CommitHook"](str(root), {}, None, None, str(root / "dist"), "wheel")
    hook.initialize("standard", build)
    ((file, place),) = build["force_include"].items()
    assert place == HOOK["PLACE"]
    text = Path(file).read_text()
    hook.finalize()
    return text.strip()


def test_it_is_the_sources_also_where_a_git_hook_has_named_another_repository(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    top, other = repository(tmp_path / "top"), repository(tmp_path / "other")
    commit(other)
    monkeypatch.setenv("GIT_DIR", str(other / ".git"))
    monkeypatch.setenv("GIT_WORK_TREE", str(other))
    assert written(top) == git(top, "rev-parse", "--short=12", "HEAD")
    assert git(top, "rev-parse", "--show-toplevel") == str(top)
