"""The shells' contract on real containers, real compose (both versions) and a real sshd."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from backuptool.errors import SourceError
from backuptool.shells import Shell
from backuptool.shells.compose import Compose
from backuptool.shells.container import Container
from backuptool.shells.local import Local
from backuptool.shells.ssh import Ssh
from backuptool.shells.stream import output, read
from integration.conftest import Stack, without_v2
from integration.davservers import running
from integration.ports import kept_port
from integration.test_faults import programs, wait_until
from tests.contracts.shell import IMPORTS, ShellContract

SSHD = """
ListenAddress 127.0.0.1:{port}
HostKey {folder}/host
AuthorizedKeysFile {folder}/user.pub
PidFile none
StrictModes no
UsePAM no
PasswordAuthentication no
SetEnv COMPOSE_PROJECT_NAME={project}
"""


@dataclass
class Sshd:
    """A real sshd on this host, for this user."""

    options: tuple[str, ...]


@pytest.fixture(scope="module")
def sshd(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sshd]:
    folder = tmp_path_factory.mktemp("sshd")
    Path("/run/sshd").mkdir(exist_ok=True)
    for key in ("host", "user"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder / key], check=True)
    with kept_port() as port:
        (folder / "config").write_text(SSHD.format(port=port, folder=folder, project=stack.project))
        options = (
            "-p", str(port), "-i", str(folder / "user"), "-o", f"UserKnownHostsFile={folder}/known",
            "-o", "StrictHostKeyChecking=accept-new", "-o", "IdentitiesOnly=yes",
        )  # fmt: skip
        with running(["/usr/sbin/sshd", "-D", "-e", "-f", folder / "config"], port, folder / "log"):
            subprocess.run(["ssh", "-o", "BatchMode=yes", *options, "127.0.0.1", "true"], check=True)
            yield Sshd(options)


KINDS = ("container", "compose v2", "compose v1", "ssh", "compose over ssh")


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def construct(kind: str, stack: Stack, sshd: Sshd, tmp_path: Path) -> str:
    here = f"Local({without_v2(tmp_path)!r})" if kind == "compose v1" else "Local()"
    ssh = f"Ssh('127.0.0.1', {sshd.options!r})"
    host = ssh if kind == "compose over ssh" else here
    made = {
        "container": f"Container({stack.container('postgres')!r})",
        "ssh": ssh,
    }.get(kind, f"Compose({str(stack.compose_file)!r}, 'postgres', host={host})")
    project = f"import os\nos.environ['COMPOSE_PROJECT_NAME'] = {stack.project!r}"
    return f"{project}\n{IMPORTS}\nshell = {made}"


class TestReal(ShellContract):
    @pytest.fixture
    def construct(self, construct: str) -> str:
        return construct

    @pytest.fixture
    def shell(self, kind: str, stack: Stack, sshd: Sshd, tmp_path: Path) -> Shell:
        file = str(stack.compose_file)
        if kind == "container":
            return Container(stack.container("postgres"))
        if kind == "compose v1":
            (tmp_path / "here").mkdir()
            return Compose(file, "postgres", host=Local(without_v2(tmp_path / "here")))
        if kind == "compose v2":
            return Compose(file, "postgres")
        ssh = Ssh("127.0.0.1", sshd.options)
        return ssh if kind == "ssh" else Compose(file, "postgres", host=ssh)


def test_a_reader_that_stops_leaves_no_pg_dump_and_no_open_snapshot(stack: Stack) -> None:
    stack.psql("CREATE DATABASE wide", "postgres")
    stack.psql("CREATE TABLE t AS SELECT n, repeat(md5(n::text), 30) FROM generate_series(1, 200000) n", "wide")
    shell = Container(stack.container("postgres"))
    with closing(read(shell.command("pg_dump", "-U", "broker", "wide"))) as chunks:
        assert next(chunks)
        assert snapshots(stack) == 1
    wait_until(lambda: snapshots(stack) == 0)  # its session ends when the server sees that it is gone
    wait_until(lambda: b"pg_dump" not in programs(stack))
    stack.psql("DROP DATABASE wide", "postgres")


@pytest.mark.parametrize("v1", [False, True], ids=["v2", "v1"])
def test_a_project_that_was_started_under_another_name_is_named_and_found_by_it(
    stack: Stack, tmp_path: Path, v1: bool
) -> None:
    file = tmp_path / "compose.yml"
    file.write_text('services:\n  postgres:\n    image: backuptool-test-postgres\n    entrypoint: ["sleep", "600"]\n')
    other = f"{stack.project}-other"
    compose = ["docker-compose"] if v1 else ["docker", "compose"]
    words = [*compose, "-f", file.name, "-p", other]
    subprocess.run([*words, "up", "-d"], cwd=tmp_path, check=True, capture_output=True)
    try:
        with pytest.raises(SourceError) as caught:
            Compose(str(file), "postgres", project="not-this-one").command("true")
        assert caught.value.message == f"service postgres of {file} runs, but in the project {other}"
        assert f'project = "{other}"' in caught.value.hint
        found = Compose(str(file), "postgres", project=other)
        assert output(found.command("echo", "here")) == b"here\n"
        subprocess.run([*words, "up", "-d", "--scale", "postgres=2"], cwd=tmp_path, check=True, capture_output=True)
        with pytest.raises(SourceError, match="runs in 2 containers"):
            Compose(str(file), "postgres", project=other).command("true")
    finally:
        subprocess.run([*words, "down", "-t", "0"], cwd=tmp_path, check=True, capture_output=True)


@pytest.mark.usefixtures("stack")
def test_a_network_is_no_container() -> None:
    """Each engine has one that is called bridge."""
    with pytest.raises(SourceError, match="there is no container bridge"):
        output(Container("bridge").command("true"))


def test_a_container_that_is_paused_in_mid_stream_does_not_hold_the_tool(stack: Stack) -> None:
    name = f"{stack.project}-paused"
    argv = ["docker", "run", "-d", "--rm", "--name", name, "--entrypoint", "sleep", "backuptool-test-postgres", "600"]
    subprocess.run(argv, check=True, capture_output=True)
    try:
        # It has so long to begin too, beside what else two cores do.
        chunks = read(
            Container(name).command("sh", "-c", "head -c 300000 /dev/zero; while echo x; do sleep 0.1; done"), 15
        )
        assert next(chunks)
        subprocess.run(["docker", "pause", name], check=True, capture_output=True)
        with pytest.raises(SourceError, match="stood still for 15 s"):
            for _ in chunks:
                pass
        with pytest.raises(SourceError, match="is paused") as caught:
            Container(name).command("true")
        assert caught.value.hint == f"docker unpause {name}"
    finally:
        subprocess.run(["docker", "rm", "-f", name], check=True, capture_output=True)


def snapshots(stack: Stack) -> int:
    sql = "select count(*) from pg_stat_activity where application_name = 'pg_dump' and backend_xmin is not null"
    return int(stack.psql(sql, "postgres"))
