"""A server for one drill: nothing that it can hurt, nothing of it that stays.

A container of the very image that the dump came from, which reaches no network; or, without docker, PostgreSQL's own
programs out of a wheel, of the same or the next newer major that it has.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from shutil import which

from backuptool.contained import Origin, contained
from backuptool.contents import ServerFacts
from backuptool.embedded.postgresql import INSTALLED, NONE, Settings, postgresql
from backuptool.errors import BackuptoolError, SourceError
from backuptool.shells import Shell
from backuptool.shells.compose import Compose
from backuptool.shells.container import Container
from backuptool.shells.local import Local
from backuptool.sources.server import Server

log = logging.getLogger(__name__)
FULL = re.compile(r"[A-Z]+:  .*No space left on device")
ROOM = 'make room in /tmp for the whole database; or drill it in docker: drill = { image = "…" } in the plan'


@dataclass(frozen=True, slots=True)
class Throwaway:
    """A running server, what a person is told of it, and what it logs, where that is a file here."""

    server: Server
    called: str
    log: Path | None = None

    @contextmanager
    def blamed(self) -> Iterator[None]:
        """What fails in this block because its disk is full raises BackuptoolError, which is no SourceError: clients
        are only told that it ended."""
        try:
            yield
        except SourceError as error:
            said = self.log.read_text(errors="replace") if self.log else ""
            if full := FULL.search(said):
                raise BackuptoolError(f"{self.called} has no room: {full[0]}", hint=ROOM) from error
            raise


def origin(shell: Shell, image: str = "") -> Origin | None:
    """Where to run a container like the one behind `shell`, of `image` if that is named; None where nothing runs any.

    Raises SourceError.
    """
    if not isinstance(shell, Compose | Container):
        return Origin(Local(), "docker", image) if image else None
    if isinstance(shell.host, Local) and which(shell.engine) is None and not image:
        log.warning("there is no %s here: the drill is done on the embedded PostgreSQL", shell.engine)
        return None
    container = shell.container if isinstance(shell, Compose) else shell
    return Origin(container.host, container.engine, image or container.image())


@contextmanager
def throwaway(facts: ServerFacts, where: Origin | None, memory: str, settings: Settings = NONE) -> Iterator[Throwaway]:
    """A new, empty server with these `settings`, whose superuser is that of the dump's. Raises BackuptoolError."""
    if where is not None:
        with contained(where, facts, memory, settings) as server:
            yield Throwaway(server, f"a container of {where.image[:19]}")
        return
    with postgresql(_major(facts), facts.bootstrap_superuser, settings) as own:
        server = Server(Local(str(own.programs)), "postgres", own.user, str(own.socket))
        ((version,),) = server.query("select current_setting('server_version')")
        yield Throwaway(server, f"embedded PostgreSQL {version}", own.log)


def _major(facts: ServerFacts) -> int:
    wanted = facts.server_version_num // 10000
    for major in sorted(INSTALLED):
        if major >= wanted:
            return major
    raise BackuptoolError(
        f"the dump is of PostgreSQL {wanted}; the embedded ones are {', '.join(map(str, sorted(INSTALLED)))}",
        hint='name an image to run in docker: drill = { image = "postgres:…" }',
    )
