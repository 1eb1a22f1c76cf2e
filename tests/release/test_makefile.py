"""What the Makefile's targets do that CI and releases rest on."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

TOP = Path(__file__).parents[2]
DOES = {
    "unit": ["-m pytest tests -n 3"],
    "integration": ["-m pytest integration -n 3 --dist loadfile"],
    "test": ["-m pytest tests -n 3", "-m pytest integration -n 3"],
    "lint": ["ruff check .", "ruff format --check .", "/mypy", "/lint-imports"],
    "test-lowest": [
        "-m release.lowest > .venv/lowest.txt",
        "pip install --quiet --constraint .venv/lowest.txt --editable '.[demo]'",
        "lowest/bin/python -m pytest tests",
    ],
    "audit": ["-m release.asked > .venv/audit.txt", "/pip-audit --strict", "--requirement .venv/audit.txt"],
    "release-check": ["-m release.check"],
    "generated": ["-m release.share backuptool/data/share"],
    "ci": [".ci/run"],
    "publish-github": [
        "cd dist && sha256sum --check --strict SHA256SUMS",
        "gh release create --verify-tag --notes-file dist/NOTES.md",
        " dist/*.whl dist/*.tar.gz dist/*.pyz dist/*.cdx.json dist/SHA256SUMS",
    ],
}


def make(*words: str, top: Path = TOP) -> str:
    """What make prints, but not what a make that runs this test has put into its environment."""
    environment = {"PATH": os.environ["PATH"]}
    return subprocess.run(["make", *words], cwd=top, env=environment, capture_output=True, text=True, check=True).stdout


@pytest.mark.parametrize("target", DOES)
def test_a_target_runs_this_in_this_order(target: str) -> None:
    printed = make("-n", target)
    assert re.search(".*".join(map(re.escape, DOES[target])), printed, re.DOTALL), printed


def test_what_ci_is_asked_for_is_passed_on() -> None:
    assert make("-n", "ci", "TARGETS=unit lint") == ".ci/run unit lint\n"


def test_the_list_of_targets_fits_a_terminal() -> None:
    assert [line for line in make("help").splitlines() if len(line) > 80] == []


def environment(top: Path, python: str) -> Path:
    """A source with an environment that was made, and whose Python is this script now; without one it is gone."""
    for name in ("Makefile", "pyproject.toml"):
        shutil.copy(TOP / name, top)
    folder = top / ".venv"
    (folder / "bin").mkdir(parents=True)
    if python:
        (folder / "bin" / "python").write_text(python)
        (folder / "bin" / "python").chmod(0o755)
    else:
        (folder / "bin" / "python").symlink_to("/nonexistent/python")
    for name in (".made", ".dev", ".release"):
        (folder / name).touch()
    return top


@pytest.mark.parametrize("target", ["unit", "lint", "demo", "release-check"])
@pytest.mark.parametrize("python", ["", "#!/bin/sh\nexit 1\n"], ids=["gone", "another, which finds no pip there"])
def test_an_environment_whose_python_is_gone_is_made_anew(tmp_path: Path, target: str, python: str) -> None:
    """As a system's upgrade leaves it: the link leads nowhere, or to a newer Python that looks into another folder."""
    printed = make("-n", target, top=environment(tmp_path, python))
    assert re.search(r"rm -rf \.venv\n.*-m venv \.venv\n.*--editable", printed, re.DOTALL), printed


def test_one_that_works_is_left_alone(tmp_path: Path) -> None:
    assert "-m venv" not in make("-n", "unit", top=environment(tmp_path, "#!/bin/sh\n"))
