"""sdist and wheel: built from a clean clone, twice, and looked through."""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Collection
from pathlib import Path

from release.refused import Refused
from release.tree import git

COMMIT = "backuptool/data/commit"
SHARE = "backuptool/data/share/"  # in the wheel it is data, for PREFIX/share
DOCUMENTS = "docs/", "share/doc/backuptool/"  # in git, and in the wheel
# What hatchling writes for pip, and the licence.
INFO = [f"dist-info/{name}" for name in ("METADATA", "WHEEL", "RECORD", "entry_points.txt", "licenses/LICENSE")]


def clone(top: Path, folder: Path) -> Path:
    """HEAD in a folder of its own, as it would be fetched."""
    git(top, "clone", "--quiet", "--no-local", str(top), str(folder))
    return folder


def build(source: Path, out: Path, **environment: str) -> None:
    """The sdist, and the wheel from it, with the commit's own time as SOURCE_DATE_EPOCH. Raises Refused."""
    environment = {**os.environ, **environment, "SOURCE_DATE_EPOCH": epoch(source)}
    command = [sys.executable, "-m", "build", "--outdir", str(out), str(source)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Refused(f"it does not build: {(done.stdout + done.stderr).strip()[-2000:]}")


def epoch(source: Path) -> str:
    """The commit's time, seconds since 1970."""
    return git(source, "log", "-1", "--format=%ct")


def sums(folder: Path) -> dict[str, str]:
    """The sha256 of each file in `folder`, by its name."""
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.iterdir())}


def check_same(one: Path, other: Path) -> None:
    """Both folders hold the same files, byte for byte. Raises Refused that names one that differs."""
    first, second = sums(one), sums(other)
    for name in sorted(first.keys() | second.keys()):
        if first.get(name) != second.get(name):
            raise Refused(f"two builds of one commit are not the same: {name}")


def check_whole(out: Path, source: Path) -> None:
    """Both hold what is in git and the commit, the wheel package, documents, licence; no more. Raises Refused."""
    tracked = git(source, "ls-files").splitlines()
    (sdist,), (wheel,) = out.glob("*.tar.gz"), out.glob("*.whl")
    with tarfile.open(sdist) as tar:
        inside = {name.partition("/")[2] for name in tar.getnames()}
    _check(sdist.name, inside - {"PKG-INFO"}, [*tracked, COMMIT])
    with zipfile.ZipFile(wheel) as file:
        inside = {re.sub(r"^[^/]+\.(data/data/|(?=dist-info/))", "", name) for name in file.namelist()}
    package = [name.replace(SHARE, "share/") for name in tracked if name.startswith("backuptool/")]
    documents = [name.replace(*DOCUMENTS) for name in tracked if name.startswith(DOCUMENTS[0])]
    _check(wheel.name, inside, [*package, *documents, COMMIT, *INFO])


def _check(artifact: str, inside: set[str], expected: Collection[str]) -> None:
    missing, more = [name for name in expected if name not in inside], sorted(inside.difference(expected))
    if missing:
        raise Refused(f"{artifact} misses {missing[0]}{f' and {len(missing) - 1} more' if missing[1:] else ''}")
    if more:
        raise Refused(f"{artifact} has {more[0]}, which is not in git")
