"""A server for one drill: nothing that it can hurt, nothing of it that stays.

A container of the very image that the dump came from, which reaches no network; or, without docker, PostgreSQL's own
programs out of a wheel, of the same or the next newer major that it has.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from shutil import which

from backuptool.contained import contained
from backuptool.contents import ServerFacts
from backuptool.embedded.postgresql import INSTALLED, NONE, Settings, postgresql
from backuptool.errors import BackuptoolError, CommandFailed, SourceError
from backuptool.fate import Origin, Why
from backuptool.shells import Shell
from backuptool.shells.compose import Compose
from backuptool.shells.container import Container
from backuptool.shells.local import Local
from backuptool.shells.stream import output
from backuptool.shortage import Hints, shortage
from backuptool.sources.server import Server

log = logging.getLogger(__name__)
HINTS = Hints(
    room='make room in /tmp for the whole database; or drill it in docker: drill = { image = "…" } in the plan',
    memory="is there memory on this host? drill it again where there is",
)
NO_RESPONSE = 2  # exit code of pg_isready
GONE = "somebody ended it, or this host did; drill it again"


@dataclass(frozen=True, slots=True)
class Throwaway:
    """A running server, and what a person is told of it. `why` something failed in it, where that is the server's own
    fault."""

    server: Server
    called: str
    why: Why = lambda _: None

    @contextmanager
    def blamed(self) -> Iterator[None]:
        """What fails in this block because this server lacks something or is gone raises BackuptoolError, which is no
        SourceError: it says nothing about the backup."""
        try:
            yield
        except SourceError as error:
            if why := self.why(error):
                raise why from error
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
        called = f"a container of {where.image[:19]}"
        with contained(where, called, facts, memory, settings) as (server, why):
            yield Throwaway(server, called, why)
        return
    with postgresql(_major(facts), facts.bootstrap_superuser, settings) as own:
        server = Server(Local(str(own.programs)), "postgres", own.user, str(own.socket))
        ((version,),) = server.query("select current_setting('server_version')")
        called = f"embedded PostgreSQL {version}"
        yield Throwaway(server, called, lambda _: _why(server, called, own.log))


def _why(server: Server, called: str, server_log: Path) -> BackuptoolError | None:
    if found := shortage(called, server_log.read_text(errors="replace"), HINTS):
        return found
    try:
        output(server.shell.command("pg_isready", "-q", "-h", server.host))
    except CommandFailed as error:
        if error.returncode == NO_RESPONSE:
            return BackuptoolError(f"{called} is gone", hint=GONE)
    return None


def _major(facts: ServerFacts) -> int:
    wanted = facts.server_version_num // 10000
    for major in sorted(INSTALLED):
        if major >= wanted:
            return major
    raise BackuptoolError(
        f"the dump is of PostgreSQL {wanted}; the embedded ones are {', '.join(map(str, sorted(INSTALLED)))}",
        hint='name an image to run in docker: drill = { image = "postgres:…" }',
    )
