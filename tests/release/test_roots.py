"""A release is refused where no Docker engine answers, in one line that says what docker said."""

from __future__ import annotations

from pathlib import Path

import pytest

from release import roots
from release.refused import Refused

DEAF = "#!/bin/sh\necho Cannot connect to the Docker daemon >&2\nexit 1\n"


def docker(folder: Path, script: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stands for the docker in PATH."""
    (folder / "docker").write_text(script)
    (folder / "docker").chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")


def test_an_engine_that_answers_is_fine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    docker(tmp_path, "#!/bin/sh\nexit 0\n", monkeypatch)
    roots.engine()


def test_an_engine_that_does_not_answer_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    docker(tmp_path, DEAF, monkeypatch)
    with pytest.raises(Refused, match=r"^docker info: Cannot connect to the Docker daemon$"):
        roots.engine()


def test_a_host_without_docker_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(Refused, match=r"^there is no docker in PATH$"):
        roots.engine()
