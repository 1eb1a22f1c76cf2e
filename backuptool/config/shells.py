"""Where the programs run."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal, TypeVar

from pydantic import AfterValidator, Field

from backuptool.config.table import AbsolutePath, Name, Table
from backuptool.shells import Shell
from backuptool.shells.compose import Compose
from backuptool.shells.container import Container
from backuptool.shells.local import Local
from backuptool.shells.ssh import Ssh

Places = TypeVar("Places", str, Path)


def _all_absolute(places: Places) -> Places:
    for part in str(places).split(":") if str(places) else ():
        if not part.startswith("/"):
            raise ValueError(f"{part or 'an empty part'} is not an absolute path (cron starts elsewhere than you do)")
    return places


class LocalShell(Table):
    """Programs of this host; `path`: folders that are searched first."""

    type: Literal["local"]
    path: Annotated[str, AfterValidator(_all_absolute)] = ""

    def open(self) -> Shell:
        return Local(self.path)


class SshShell(Table):
    """Programs of another host, over the ssh command; everything else about it belongs in ~/.ssh/config."""

    type: Literal["ssh"]
    host: Name

    def open(self) -> Shell:
        return Ssh(self.host)


Host = Annotated[LocalShell | SshShell, Field(discriminator="type")]
HERE = LocalShell(type="local")


class ContainerShell(Table):
    """Programs inside a running container."""

    type: Literal["container"]
    name: Name
    engine: Literal["docker", "podman"] = "docker"
    host: Host = HERE

    def open(self) -> Shell:
        return Container(self.name, host=self.host.open(), engine=self.engine)


class ComposeShell(Table):
    """Programs inside the running container of a compose service; `project`: when it has a name of its own (`-p`)."""

    type: Literal["compose"]
    file: Annotated[AbsolutePath, AfterValidator(_all_absolute)]  # several, as in COMPOSE_FILE, with a `:` between
    service: Name
    project: Annotated[str, Field(pattern=r"^([a-z0-9][a-z0-9_-]*)?$")] = ""
    engine: Literal["docker", "podman"] = "docker"
    host: Host = HERE

    def open(self) -> Shell:
        return Compose(str(self.file), self.service, self.host.open(), self.engine, self.project)


AnyShell = Annotated[LocalShell | SshShell | ContainerShell | ComposeShell, Field(discriminator="type")]
