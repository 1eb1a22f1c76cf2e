"""What needs a Docker engine or another program, on a machine without: skipped, and an error where CI requires all."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

TOP = Path(__file__).parents[2]
SUITE = ("integration/test_setup.py", "-n", "2", "--dist", "loadfile")  # as the Makefile runs it
DEAF = "#!/bin/sh\necho Cannot connect to the Docker daemon >&2\nexit 1\n"


@pytest.fixture(params=["no program", "no engine"])
def path(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A PATH with a docker that reaches nobody, or without one."""
    if request.param == "no engine":
        (tmp_path / "docker").write_text(DEAF)
        (tmp_path / "docker").chmod(0o755)
    return str(tmp_path)


def run(path: str, *words: str, **more: str) -> subprocess.CompletedProcess[str]:
    """pytest with this PATH."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "BACKUPTOOL_"))}
    argv = [sys.executable, "-m", "pytest", *words]
    return subprocess.run(
        argv, cwd=TOP, env={**kept, "PATH": path, **more}, capture_output=True, text=True, check=False
    )


def test_it_is_skipped_and_that_is_said(path: str) -> None:
    done = run(path, *SUITE)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "2 skipped" in done.stdout
    assert "no Docker engine answers (`docker info` fails)" in done.stdout


def test_where_it_is_required_that_is_one_line(path: str) -> None:
    done = run(path, *SUITE, BACKUPTOOL_REQUIRE_DOCKER="1")
    assert done.returncode == pytest.ExitCode.USAGE_ERROR
    assert done.stderr.strip() == (
        "ERROR: BACKUPTOOL_REQUIRE_DOCKER=1, but no Docker engine answers (`docker info` fails)"
    )
    assert "INTERNALERROR" not in done.stdout


def test_another_program_is_named(tmp_path: Path) -> None:
    done = run(str(tmp_path), "tests/signature")
    assert done.returncode == 0, done.stdout
    assert "not installed: ssh-keygen" in done.stdout
    done = run(str(tmp_path), "tests/signature", "-x", BACKUPTOOL_REQUIRE_DOCKER="1")
    assert (done.returncode, "not installed: ssh-keygen" in done.stdout) == (pytest.ExitCode.TESTS_FAILED, True)
