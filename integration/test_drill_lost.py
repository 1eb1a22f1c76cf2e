"""A drill whose container runs out of something, or goes while it is used: that says nothing about the backup."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from integration.conftest import Host, MakeHost
from integration.test_drill import containers, docker, drilled
from tests.cli.quick import QUICK

SLEEPS = "select pg_sleep(600) is not null"
SLEEPING = "from pg_stat_activity where query ~ '^select pg_sleep'"
# Instead of docker: what a test has in `with` comes before the words of `run`; where there is a file `gone`, no engine.
DOCKER = """#!/bin/sh
cd "$(dirname "$0")"
if [ -e gone ]; then exec {real} -H unix://"$PWD"/no-socket "$@"; fi
if [ "$1" = run ] && [ -e with ]; then shift; set -- run $(cat with) "$@"; fi
exec {real} "$@"
"""


@pytest.fixture
def tool() -> list[str]:
    return [*QUICK]


@pytest.fixture
def engine(tmp_path: Path) -> Path:
    """The folder of a docker that a test can bend."""
    folder = tmp_path / "engine"
    folder.mkdir()
    real = subprocess.run(["sh", "-c", "command -v docker"], capture_output=True, text=True, check=True).stdout.strip()
    (folder / "docker").write_text(DOCKER.format(real=real))
    (folder / "docker").chmod(0o755)
    return folder


@pytest.fixture
def backed_up(make_host: MakeHost, engine: Path) -> Callable[[str], Host]:
    """A host with a backup of a database in which this was made."""

    def make(sql: str = "") -> Host:
        host = make_host()
        host.stack.psql("create database lost")
        host.stack.psql(sql or "select 1", "lost")
        text = host.config.read_text()
        host.config.write_text(
            text.replace('type = "pg_dump"', 'type = "pg_dump"\ndatabase = "lost"').replace(
                'path = ""', f'path = "{engine}"'
            )
        )
        host.ok("backup")
        return host

    return make


@pytest.fixture(autouse=True)
def nothing_left(alone_with_drills: None, request: pytest.FixtureRequest) -> Iterator[None]:
    yield
    request.getfixturevalue("stack").psql("drop database if exists lost")
    assert containers() == []


def volumes(container: str) -> set[str]:
    """Those that are its own."""
    return set(docker("inspect", "-f", "{{range .Mounts}}{{.Name}} {{end}}", container).split())


def refused(done: subprocess.CompletedProcess[str]) -> tuple[str, str]:
    """The error and the hint of a drill that says nothing about the backup."""
    assert done.returncode == 1, done.stderr
    error, hint = done.stderr.splitlines()
    return error, hint


def not_drilled(host: Host) -> bool:
    return "drilled" not in (host.folder / "state" / "ledger.jsonl").read_text()


def test_a_drill_whose_memory_is_short_is_ended_with_what_it_may_use(backed_up: Callable[[str], Host]) -> None:
    host = backed_up("create materialized view hog as select length(repeat('x', 300000000))")
    drilled(host, 'memory = "100m"')
    error, hint = refused(host.run("drill"))
    assert "is short of memory, or was killed: LOG:  " in error
    assert "it may use 100m" in hint
    assert not_drilled(host)


def test_a_container_in_which_no_server_can_be_made_for_want_of_memory_is_told(
    backed_up: Callable[[str], Host],
) -> None:
    host = backed_up("")
    drilled(host, 'memory = "24m"')
    error, hint = refused(host.run("drill"))
    assert error.endswith("ended for want of memory")
    assert "it may use 24m" in hint


def test_a_drill_whose_disk_gets_full_is_ended_with_where_room_is_wanted(
    backed_up: Callable[[str], Host], engine: Path
) -> None:
    host = backed_up("create materialized view big as select generate_series(1, 1500000)")
    (engine / "with").write_text("--mount type=tmpfs,destination=/var/lib/postgresql/data,tmpfs-size=90m")
    error, hint = refused(host.run("drill"))
    assert "No space left on device" in error
    assert "docker keeps its volumes" in hint
    assert not_drilled(host)


LOST = {
    "docker rm -f -v {container}": "was removed while it was used|ended, with exit code 137",  # it is told as it goes
    "docker kill {container}": "ended, with exit code 137",
    "docker stop {container}": "was stopped",
}


@pytest.mark.parametrize("how", LOST)
def test_a_container_that_somebody_ends_while_an_assertion_is_asked_is_told(
    backed_up: Callable[[str], Host], how: str
) -> None:
    """Not as an assertion that is not true."""
    host = backed_up("")
    error, _ = refused(ended(host, lambda container: shell(how.format(container=container))))
    assert re.search(f"({LOST[how]})$", error)
    assert not_drilled(host)


def test_an_engine_that_goes_away_is_told_and_what_is_left_too(backed_up: Callable[[str], Host], engine: Path) -> None:
    host = backed_up("")

    def go(container: str) -> None:
        (engine / "gone").touch()
        asked(container, f"select pg_terminate_backend(pid) {SLEEPING}")

    try:
        done = ended(host, go)
        (name,) = docker("ps", "--filter", "label=backuptool.drill", "--format", "{{.Names}}").split()
    finally:
        docker("rm", "-f", "-v", *containers())
    assert done.returncode == 1
    left, error, hint = done.stderr.splitlines()
    assert f"docker rm -f -v {name} removes it" in left
    assert "cannot be reached: Cannot connect to the Docker daemon" in error
    assert "systemctl status docker" in hint
    assert not_drilled(host)


def shell(command: str) -> None:
    subprocess.run(["sh", "-c", command], capture_output=True, check=True)


def asked(container: str, sql: str) -> str:
    """What the drill's server answers; nothing before it is there."""
    words = ["psql", "-X", "-U", "broker", "-d", "postgres", "-Atc", sql]
    return subprocess.run(["docker", "exec", container, *words], capture_output=True, text=True, check=False).stdout


def ended(host: Host, end: Callable[[str], None]) -> subprocess.CompletedProcess[str]:
    """A drill whose container is ended while it waits for the answer to an assertion."""
    drilled(host, f'assert = ["{SLEEPS}"]')
    argv = [*host.tool, "--config", str(host.config), "drill"]
    pipe = subprocess.PIPE
    with subprocess.Popen(argv, stdout=pipe, stderr=pipe, text=True, env={**os.environ}, cwd=host.folder) as tool:
        while not (found := containers()) or asked(found[0], f"select count(*) {SLEEPING}") != "1\n":
            assert tool.poll() is None, tool.communicate()
        own = volumes(found[0])
        end(found[0])
        out, err = tool.communicate()
    assert own
    assert containers() or not own & {*docker("volume", "ls", "-q").split()}
    return subprocess.CompletedProcess(argv, tool.returncode, out, err)
