"""Containers that stand for a user's machine: Debian 13. Docker there is this host's, the package index are wheels."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from integration.conftest import TOP

PYTHON = "3.13"  # of Debian 13


def download(folder: Path, requirements: Sequence[str]) -> None:
    """What `pip install` would fetch: the machine reaches no package index, this one is configured to."""
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--python-version", PYTHON]
    subprocess.run([*command, "--only-binary=:all:", "--dest", folder, *requirements], check=True)


def image(name: str) -> str:
    """The tag of integration/images/NAME, made now: from docker's cache where nothing has changed."""
    tag = f"backuptool-test-{name}"
    build = ["docker", "build", "-q", "--network", "host", "-t", tag, f"integration/images/{name}"]
    environment = {"DOCKER_BUILDKIT": "0", "PATH": os.environ["PATH"]}
    subprocess.run(build, check=True, cwd=TOP, env=environment, capture_output=True)
    return tag


@contextmanager
def machine(
    tag: str, wheels: Path, mounts: Mapping[Path, str], options: Sequence[str], command: Sequence[str] = ()
) -> Iterator[str]:
    """The name of a container of the image `tag` that runs; pip in it takes what is in `wheels`."""
    sock = Path("/var/run/docker.sock")
    words = [word for here, there in {sock: str(sock), wheels: "/wheels:ro", **mounts}.items()
             for word in ("-v", f"{here}:{there}")]  # fmt: skip
    words += ["-e", "PIP_NO_INDEX=1", "-e", "PIP_FIND_LINKS=/wheels", *options]
    run = ["docker", "run", "-d", *words, tag, *command]
    name = subprocess.run(run, check=True, capture_output=True, text=True).stdout.strip()
    try:
        yield name
    finally:
        subprocess.run(["docker", "rm", "-f", "-v", name], check=True, capture_output=True)
