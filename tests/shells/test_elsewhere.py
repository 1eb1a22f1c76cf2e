"""The contract over ssh, in a container, in a compose service, nested; with stand-ins (the real ones: integration/)."""

from __future__ import annotations

from pathlib import Path

import pytest

from backuptool.errors import SourceError
from backuptool.shells import Shell
from backuptool.shells.compose import Compose
from backuptool.shells.container import Container
from backuptool.shells.local import Local
from backuptool.shells.ssh import Ssh
from backuptool.shells.stream import output
from tests.contracts.shell import IMPORTS, ShellContract
from tests.shells.programs import install

FILE = str(Path(__file__).parents[2] / "docker-compose.test.yml")  # looked for, and read by nobody here
SHELLS = {
    "ssh": "Ssh('db1', via=here)",
    "container": "Container('db', host=here)",
    "compose v2": f"Compose({FILE!r}, 'postgres', host=here)",
    "compose v1": f"Compose({FILE!r}, 'postgres', host=here)",
    "compose over ssh": f"Compose({FILE!r}, 'postgres', host=Ssh('db1', via=here))",
}


@pytest.fixture(params=SHELLS)
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


class TestElsewhere(ShellContract):
    @pytest.fixture
    def construct(self, kind: str, tmp_path: Path) -> str:
        path = install(tmp_path, v2=kind != "compose v1")
        return f"{IMPORTS}\nhere = Local({path!r})\nshell = {SHELLS[kind]}"

    @pytest.fixture
    def shell(self, kind: str, tmp_path: Path) -> Shell:
        here = Local(install(tmp_path, v2=kind != "compose v1"))
        shells: dict[str, Shell] = {
            "ssh": Ssh("db1", via=here),
            "container": Container("db", host=here),
            "compose v2": Compose(FILE, "postgres", host=here),
            "compose v1": Compose(FILE, "postgres", host=here),
            "compose over ssh": Compose(FILE, "postgres", host=Ssh("db1", via=here)),
        }
        return shells[kind]


def test_a_service_that_is_down_is_said_with_the_command_that_starts_it(tmp_path: Path) -> None:
    shell = Compose(FILE, "postgres", host=Local(install(tmp_path, v2=True, running=False)))
    with pytest.raises(SourceError, match="postgres is not running") as caught:
        shell.command("true")
    assert caught.value.hint == f"docker compose -f {FILE} up -d postgres"


def test_a_host_without_docker_is_said(tmp_path: Path) -> None:
    shell = Compose(FILE, "postgres", host=Local(), engine="podman")
    with pytest.raises(SourceError, match="neither `podman compose` nor `podman-compose` answers"):
        shell.command("true")


@pytest.mark.parametrize("file", ["/none.yml", f"{FILE}:/none.yml"])
def test_a_compose_file_that_is_not_there_is_said(tmp_path: Path, file: str) -> None:
    shell = Compose(file, "postgres", host=Local(install(tmp_path, v2=True)))
    with pytest.raises(SourceError, match="there is no compose file /none"):
        shell.command("true")


@pytest.mark.parametrize("host", ["", "-oProxyCommand=x"])
def test_a_host_that_ssh_would_take_for_an_option_is_refused(host: str) -> None:
    with pytest.raises(SourceError, match="is no host"):
        Ssh(host)


def test_ssh_makes_no_master_unless_that_is_asked_for(tmp_path: Path) -> None:
    """It would write its socket into ~/.ssh, where the systemd unit may not; the first of two options counts."""
    (tmp_path / "ssh").write_text('#!/bin/sh\necho "$@" >> "$0.asked"\n')
    (tmp_path / "ssh").chmod(0o755)
    output(Ssh("db1", ("-o", "ControlMaster=auto"), Local(str(tmp_path))).command("true"))
    for asked in (tmp_path / "ssh.asked").read_text().splitlines():
        assert asked.startswith("-o BatchMode=yes -o ControlMaster=auto -o ControlMaster=no -o LogLevel=ERROR -- db1 ")
