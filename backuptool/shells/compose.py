"""Programs inside the running container of a compose service.

Compose only says which container that is: `compose exec` has printed banners into the stream (compose#8291), and v1
and v2 differ in it, while there is one `docker exec`.
"""

from __future__ import annotations

from functools import cached_property
from typing import Any

from backuptool.errors import CommandFailed, SourceError
from backuptool.shells import Shell
from backuptool.shells.container import Container, Engine
from backuptool.shells.local import Local
from backuptool.shells.stream import output


class Compose:
    """The service `service` of the compose file `file` on `host`; v2 where it answers, else v1."""

    def __init__(self, file: str, service: str, host: Shell | None = None, engine: Engine = "docker") -> None:
        self._file, self._service, self._host, self._engine = file, service, host or Local(), engine
        self._files = file.split(":")  # as compose's own COMPOSE_FILE has several

    def __str__(self) -> str:
        return f"service {self._service} of {self._file}"

    def command(self, *argv: str) -> Any:
        """A plumbum command that runs exactly `argv` in the service's container. Raises SourceError when it is down."""
        return self._container.command(*argv)

    @cached_property
    def _container(self) -> Container:
        self._look_for_files()
        compose = (*self._compose(), *(word for file in self._files for word in ("-f", file)))
        try:
            ids = output(self._host.command(*compose, "ps", "-q", self._service)).decode().split()
            # v1 names stopped containers too
            running = [one for one in ids if self._runs(one)]
        except CommandFailed as error:
            raise SourceError(
                f"{self}: {error.message}", hint="check the compose file and the service's name"
            ) from error
        if not running:
            raise SourceError(
                f"the container of service {self._service} is not running",
                hint=f"{' '.join(compose)} up -d {self._service}",
            )
        return Container(running[0], self._host, self._engine, str(self))

    def _look_for_files(self) -> None:
        """v2 finds a project by its name without the file: a wrong path would be noticed when it matters."""
        for file in self._files:
            try:
                output(self._host.command("test", "-r", file))
            except CommandFailed as error:
                if error.returncode != 1:
                    raise
                raise SourceError(
                    f"there is no compose file {file} on {self._host}", hint="give the path of the one in use"
                ) from error

    def _runs(self, one: str) -> bool:
        state = output(self._host.command(self._engine, "inspect", "-f", "{{.State.Running}}", one))
        return state.strip() == b"true"

    def _compose(self) -> tuple[str, ...]:
        for words in ((self._engine, "compose"), (f"{self._engine}-compose",)):
            try:
                output(self._host.command(*words, "version"))
            except SourceError:
                continue  # the next one, or the error below
            return words
        raise SourceError(
            f"neither `{self._engine} compose` nor `{self._engine}-compose` answers on {self._host}",
            hint="install docker compose, and let this user use it",
        )
