"""In a job container of GitHub's `.ci/run` works on a tree that is its own, and on an engine that is its own."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from release.refused import Refused
from release.tree import check_tree, git
from tests.release.repository import repository

CI = Path(__file__).parents[2] / ".ci"
BARE = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}
STRANGER = 1001  # as whom GitHub's runner checks out


def test_a_tree_that_is_not_ours_is_refused_in_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    top = repository(tmp_path / "clone")
    programs = tmp_path / "bin"
    programs.mkdir()
    pretends = f'#!/bin/sh\nGIT_TEST_ASSUME_DIFFERENT_OWNER=1 exec {shutil.which("git")} "$@"\n'  # git's own way
    (programs / "git").write_text(pretends)
    (programs / "git").chmod(0o755)
    monkeypatch.setenv("PATH", str(programs))
    with pytest.raises(Refused) as caught:
        check_tree(top)
    assert str(caught.value).startswith("git status: fatal: detected dubious ownership")
    assert "\n" not in str(caught.value)


def test_a_checkout_of_the_runners_user_is_one_that_git_reads_and_clones(tmp_path: Path) -> None:
    """Without root it is ours from the start, and stays so."""
    top = repository(tmp_path / "clone")
    if os.geteuid() == 0:
        for path in (top, *top.rglob("*")):
            os.lchown(path, STRANGER, STRANGER)
        with pytest.raises(Refused, match="dubious ownership"):
            git(top, "status")
    subprocess.run([CI / "own-tree"], cwd=top, env=BARE, check=True)
    assert check_tree(top) == "1.2.3"
    git(top, "clone", "--quiet", "--no-local", str(top), str(tmp_path / "another"))
    assert (tmp_path / "another" / "kept.txt").read_text() == "kept\n"


def test_room_is_made_for_an_engine_of_its_own(tmp_path: Path) -> None:
    socket, groups = tmp_path / "docker.sock", tmp_path / "cgroup"
    socket.touch()  # what is left of a mounted one
    groups.mkdir()
    (groups / "cgroup.controllers").write_text("cpu io memory\n")
    (groups / "cgroup.procs").write_text("1\n23\n")
    subprocess.run([CI / "own-engine", socket, groups], env=BARE, check=True)
    assert not socket.exists()
    assert (groups / "init" / "cgroup.procs").read_text() == "1\n23\n"
    assert (groups / "cgroup.subtree_control").read_text() == "+cpu +io +memory\n"


def test_an_older_kernels_control_groups_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "cgroup").mkdir()
    subprocess.run([CI / "own-engine", tmp_path / "docker.sock", tmp_path / "cgroup"], env=BARE, check=True)
    assert list((tmp_path / "cgroup").iterdir()) == []


def ran(folder: Path, **environment: str) -> list[str]:
    """What .ci/run runs for `make lint`, all of it written down and not done.

    An engine answers already; on GitHub the one that is started does, once it has begun.
    """
    noted, engine = f'echo "${{0##*/}} $*" >> {folder}/log\n', folder / "engine"
    does = {"dockerd": f"{noted}echo > {engine}\nexec sleep 60\n"}
    if "GITHUB_ACTIONS" in environment:
        does["docker"] = f"read -r begun < {engine}\n{noted}"
    os.mkfifo(engine)
    names = ("bin/apt-get", "bin/docker", "bin/make", "bin/dockerd", "tree/.ci/own-tree", "tree/.ci/own-engine",
             "tree/.ci/compose-v2", "tree/integration/images/prepare")  # fmt: skip
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("#!/bin/sh\n" + does.get(path.name, noted))
        path.chmod(0o755)
    shutil.copy(CI / "run", folder / "tree" / ".ci" / "run")
    everything = {"PATH": f"{folder}/bin:/usr/bin:/bin", "TMPDIR": str(folder), **environment}
    subprocess.run([folder / "tree" / ".ci" / "run", "lint"], env=everything, check=True, capture_output=True)
    return [line.strip() for line in (folder / "log").read_text().splitlines() if not line.startswith("apt-get")]


def test_an_engine_that_answers_is_taken(tmp_path: Path) -> None:
    assert ran(tmp_path) == ["docker info", "compose-v2", "prepare", "make lint"]


def test_on_github_the_one_that_answers_is_the_hosts_and_another_is_started(tmp_path: Path) -> None:
    made = ran(tmp_path, GITHUB_ACTIONS="true")
    assert made == ["own-tree", "own-engine", "dockerd", "docker info", "compose-v2", "prepare", "make lint"]
