"""The benchmark's backup through docker compose is a backup of what pg_dump prints there, and leaves nothing."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

TOP = Path(__file__).parents[1]


def containers() -> str:
    listed = ["docker", "ps", "-aq", "--filter", "label=com.docker.compose.service=measured"]
    return subprocess.run(listed, capture_output=True, text=True, check=True).stdout


def run(folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    words = ["--shell", "compose", "--gigabytes", "0.002", "--kind", "series", "--rounds", "1", "--kdf", "sop"]
    return subprocess.run(
        [sys.executable, "-m", "integration.benchmark.pipeline", *words], cwd=TOP,
        env={**os.environ, "TMPDIR": str(folder), **environment}, capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_without_an_engine_it_says_so(tmp_path: Path) -> None:
    done = run(tmp_path, DOCKER_HOST=f"unix://{tmp_path}/none")
    assert (done.returncode, done.stdout) == (5, "")
    assert "none" in done.stderr
    assert "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_compose_service_is_measured_too_and_goes(tmp_path: Path) -> None:
    done = run(tmp_path, COMPOSE_PROJECT_NAME="another")
    assert (done.returncode, done.stderr) == (0, "")
    assert "series in a compose service" in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 80, done.stdout
    assert list(tmp_path.iterdir()) == []
    assert containers() == ""
