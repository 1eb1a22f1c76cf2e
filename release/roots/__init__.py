"""Clean Debian roots, in which the one-file tool backs a database up and restores it."""

from __future__ import annotations

import os
import secrets
import subprocess
from importlib.resources import files
from pathlib import Path
from tempfile import TemporaryDirectory

from backuptool.embedded.webdav import webdav
from backuptool.secret import Secret
from release.refused import Refused

TOP = Path(__file__).parents[2]
RELEASES = {"py311": "bookworm", "py313": "trixie"}


def engine() -> None:
    """Raises Refused where none answers: without this question a root would be made first, for minutes."""
    _run("docker", "info", "--format", "{{.ServerVersion}}")


def image(release: str) -> str:
    """The image of a clean root, made where there is none. Raises Refused."""
    name = f"backuptool-release-{release}"
    _run(str(TOP / "integration" / "images" / "debian"), release)
    build = ("docker", "build", "--quiet", "--network", "host", "--build-arg", f"RELEASE={release}", "--tag", name)
    _run(*build, str(TOP / "release" / "roots"))
    return name


def round_trip(pyz: Path, root: str, says: str) -> str:
    """Back up and restore with `pyz` in a container of image `root`; `says`: what --version must print.

    Gives what was printed. Raises Refused.
    """
    password = Secret(secrets.token_urlsafe(24).encode())
    with TemporaryDirectory(prefix="backuptool-release-") as place:
        folder = Path(place)
        (folder / "store").mkdir()
        (folder / "password.txt").touch(mode=0o600)
        (folder / "password.txt").write_bytes(password.reveal() + b"\n")
        inside = {
            pyz: "/tool.pyz",
            folder / "password.txt": "/password.txt",
            Path(str(files("backuptool") / "data" / "broker.sql")): "/broker.sql",
            TOP / "release" / "roots" / "round-trip": "/round-trip",
        }
        mounts = [word for here, there in inside.items() for word in ("--volume", f"{here.resolve()}:{there}:ro")]
        with webdav(folder / "store", "backup", password) as url:
            return _run("docker", "run", "--rm", "--network", "host", *mounts, root, "/round-trip", url, says)


def _run(*command: str) -> str:
    environment = {**os.environ, "DOCKER_BUILDKIT": "0"}
    try:
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        raise Refused(f"there is no {command[0]} in PATH") from None
    if done.returncode:
        raise Refused(f"{Path(command[0]).name} {command[1]}: {(done.stdout + done.stderr).strip()[-2000:]}")
    return done.stdout
