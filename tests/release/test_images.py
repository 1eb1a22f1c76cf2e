"""No PostgreSQL stands in for one that was asked for, and two at once do not make the same image."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

PREPARE = Path(__file__).parents[2] / "integration" / "images" / "prepare"
# An engine that has the images in `there`, of which some are stand-ins, and pulls what `pulls` says.
DOCKER = """\
#!/bin/sh
echo "$*" >> "$FOLDER/log"
case "$1 $2" in
    "image inspect") if [ "$3" = -f ]; then echo "$STANDIN"; else echo " $THERE " | grep -q " $3 "; fi ;;
    "pull -q") [ -n "$PULLS" ] ;;
esac
"""
DEBIAN = "debian:trixie-slim"


def prepared(folder: Path, **facts: str) -> tuple[int, str, set[str]]:
    """The exit code, what is said on stderr, and the tags that were built."""
    (folder / "docker").write_text(DOCKER)
    (folder / "docker").chmod(0o755)
    (folder / "log").write_text("")
    environment = {"PATH": f"{folder}:/usr/bin:/bin", "FOLDER": str(folder), "THERE": DEBIAN, **facts}
    done = subprocess.run([PREPARE], env=environment, capture_output=True, text=True, check=False)
    calls = [line.split() for line in (folder / "log").read_text().splitlines()]
    return done.returncode, done.stderr, {words[words.index("-t") + 1] for words in calls if words[0] == "build"}


OURS = {"backuptool-test-postgres", "backuptool-test-webdav"}


def test_without_a_registry_something_stands_in_for_the_one_that_nobody_asked_for(tmp_path: Path) -> None:
    assert prepared(tmp_path) == (0, "", {"postgres:17", *OURS})


def test_what_can_be_pulled_is_not_made(tmp_path: Path) -> None:
    assert prepared(tmp_path, PULLS="1") == (0, "", OURS)


def test_one_that_was_asked_for_is_pulled_or_refused(tmp_path: Path) -> None:
    assert prepared(tmp_path, POSTGRES_IMAGE="postgres:14", PULLS="1") == (0, "", OURS)
    assert prepared(tmp_path, POSTGRES_IMAGE="postgres:14") == (1, "postgres:14 cannot be pulled\n", set())


@pytest.mark.parametrize(("pulls", "code"), [("", 1), ("1", 0)])
def test_a_stand_in_that_has_its_name_already_is_not_taken_for_it(tmp_path: Path, pulls: str, code: int) -> None:
    there = f"{DEBIAN} postgres:14"
    assert prepared(tmp_path, POSTGRES_IMAGE="postgres:14", THERE=there)[0] == 0
    assert prepared(tmp_path, POSTGRES_IMAGE="postgres:14", THERE=there, STANDIN="1", PULLS=pulls)[0] == code


@pytest.mark.parametrize("words", [("prepare",), ("debian", "trixie")])
def test_it_is_locked_while_it_looks_for_images_and_makes_them(tmp_path: Path, words: tuple[str, ...]) -> None:
    """A copy of it: the tests above lock the one that is here, beside this one."""
    script = shutil.copytree(PREPARE.parent, tmp_path / "images") / words[0]
    docker = tmp_path / "docker"
    docker.write_text(f'#!/bin/sh\nflock --nonblock {script} true && echo "not locked: $*" >> {tmp_path}/log\ntrue\n')
    docker.chmod(0o755)
    subprocess.run(["docker"], env={"PATH": f"{tmp_path}:/usr/bin:/bin"}, check=True)
    assert (tmp_path / "log").read_text() == "not locked: \n"
    subprocess.run([script, *words[1:]], env={"PATH": f"{tmp_path}:/usr/bin:/bin"}, check=True)
    assert (tmp_path / "log").read_text() == "not locked: \n"


@pytest.mark.parametrize("name", ["postgres", "cookiecutter", "apache"])
def test_what_an_image_runs_may_be_read_by_its_users_whatever_the_umask_of_the_clone(name: str) -> None:
    """docker copies a file with the modes that it has here: 0700 after a clone with umask 077."""
    made = (PREPARE.parent / name / "Dockerfile").read_text(encoding="utf-8")
    _, copied, after = made.partition(" /usr/local/bin/")
    assert copied
    assert "RUN chmod 755 /usr/local/bin/*" in after
