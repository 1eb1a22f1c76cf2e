"""Programs inside the running container of a compose service.

Compose only says which container that is: `compose exec` has printed banners into the stream (compose#8291), and v1
and v2 differ in it, while there is one `docker exec`.
"""

from __future__ import annotations

import difflib
import shlex
from functools import cached_property
from typing import Any

from backuptool.errors import CommandFailed, SourceError
from backuptool.shells import Shell
from backuptool.shells.container import Container
from backuptool.shells.engine import Engine, explained, refuse_unless_runs, state
from backuptool.shells.local import Local
from backuptool.shells.project import projects_of
from backuptool.shells.stream import output


class Compose:
    """The service `service` of the compose file `file` on `host`; v2 where it answers, else v1.

    `project`: the project's name, where it was started under another than compose takes for the file.
    """

    def __init__(
        self, file: str, service: str, host: Shell | None = None, engine: Engine = "docker", project: str = ""
    ) -> None:
        self._file, self._service, self.host, self.engine = file, service, host or Local(), engine
        self._project = project
        self._files = file.split(":")  # as compose's own COMPOSE_FILE has several

    def __str__(self) -> str:
        return f"service {self._service} of {self._file}"

    def command(self, *argv: str) -> Any:
        """A plumbum command that runs exactly `argv` in the service's container. Raises SourceError when it is down."""
        return self.container.command(*argv)

    @cached_property
    def container(self) -> Container:
        """The one that runs now. Raises SourceError when none does, or several."""
        self._look_for_files()
        compose, ids = self._asked_of_either("ps", "-q", self._service)
        # v1 names stopped containers too
        running = {one: found for one in ids if (found := state(self.host, self.engine, one)).running}
        if len(running) > 1:
            names = sorted(found.name for found in running.values())
            raise SourceError(
                f"service {self._service} runs in {len(running)} containers: {', '.join(names)}",
                hint=f'say which one: shell = {{ type = "container", name = "{names[0]}" }}',
            )
        if not running:
            raise self._nothing_runs(compose)
        ((one, found),) = running.items()
        refuse_unless_runs(found, str(self), self.engine)
        return Container(one, self.host, self.engine, str(self), runs=True)

    def services(self) -> list[str]:
        """Those of the file, of whatever profile. Raises SourceError."""
        return self._asked_of_either("config", "--services", before=("env", "COMPOSE_PROFILES=*"))[1]

    def _nothing_runs(self, compose: tuple[str, ...]) -> SourceError:
        services = self.services()
        if self._service not in services:
            near = difflib.get_close_matches(self._service, services, n=1)
            return SourceError(
                f"there is no service {self._service} in {self._file}" + (f"; did you mean {near[0]}?" if near else ""),
                hint=f"services: {', '.join(sorted(services))}",
            )
        # `up` would start a second, empty database beside one that runs under another project's name.
        others = projects_of(self.host, self.engine, self._files, self._service)
        if others:
            named, one = ", ".join(sorted(others)), min(others)
            return SourceError(
                f"service {self._service} of {self._file} runs, but in the project {named}",
                hint=f'add to the shell\'s table: project = "{one}"'
                f"; without a configuration: export COMPOSE_PROJECT_NAME={one}",
            )
        return SourceError(
            f"the container of service {self._service} is not running",
            hint=shlex.join([*compose, "up", "-d", self._service]),
        )

    def _asked(self, *argv: str) -> list[str]:
        try:
            return output(self.host.command(*argv)).decode(errors="replace").split()
        except CommandFailed as error:
            if "no such service" in error.message.lower() and "ps" in argv:
                return []  # said below, with the services there are
            hint = "check the compose file and the service's name"
            told = explained(error, hint)
            raise SourceError(f"{self}: {told.message}", hint=told.hint) from error

    def _look_for_files(self) -> None:
        """v2 finds a project by its name without the file: a wrong path would be noticed when it matters."""
        for file in self._files:
            try:
                output(self.host.command("test", "-r", file))
            except CommandFailed as error:
                if error.returncode != 1:
                    raise
                raise SourceError(
                    f"there is no compose file {file} on {self.host}", hint="give the path of the one in use"
                ) from error

    def _asked_of_either(self, *question: str, before: tuple[str, ...] = ()) -> tuple[tuple[str, ...], list[str]]:
        """The words that every command to the compose that is there begins with, and what it answers.

        Whether it is there is asked only when it has not answered: one command less, 0.1 s, in each run.
        """
        named = ("-p", self._project) if self._project else ()
        for program in ((self.engine, "compose"), (f"{self.engine}-compose",)):
            compose = (*program, *(word for file in self._files for word in ("-f", file)), *named)
            try:
                return compose, self._asked(*before, *compose, *question)
            except SourceError:
                if self._is_there(program):
                    raise
        raise SourceError(
            f"neither `{self.engine} compose` nor `{self.engine}-compose` answers on {self.host}",
            hint=f"install {self.engine} compose, and let this user use it",
        )

    def _is_there(self, program: tuple[str, ...]) -> bool:
        try:
            output(self.host.command(*program, "version"))
        except SourceError:
            return False
        return True
