"""A server in a container that one drill runs: it reaches no network, and goes with the drill, however that ends."""

from __future__ import annotations

import logging
import secrets
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager

from backuptool.contents import ServerFacts
from backuptool.embedded.postgresql import Settings
from backuptool.errors import CommandFailed, SourceError
from backuptool.fate import Fate, Origin, Why
from backuptool.interruption import held, released
from backuptool.shells.container import Container
from backuptool.shells.engine import explained
from backuptool.shells.stream import output
from backuptool.sources.server import Server

log = logging.getLogger(__name__)
PATIENCE = 180.0  # s until a container's PostgreSQL answers: initdb takes 2 s, on a busy disk 60
# Ends the container when the tool is gone, however it went: then the pipe closes.
# Who is killed says no word; then `docker run` may still be at work, alone: what it makes after the first removal goes
# with one of the next. Nobody is there who could tell when it has ended.
GUARD = """
trap "" TERM INT HUP
read -r word
"$@"
[ -n "$word" ] || for again in 1 2 3 4 5 6 7 8 9 10; do sleep 1; "$@"; done
"""
OVER = b"over\n"
# An image's own scripts would make databases and roles that the backup has too, or miss variables that only its service
# is given: they are hidden.
HIDDEN = "/docker-entrypoint-initdb.d"
LABEL = "backuptool.drill"
# pg_dump locks each table for as long as it runs; by default there is room for 6,400 locks. From 16 on initdb takes it.
LOCKS = "max_locks_per_transaction=1024"


@contextmanager
def contained(
    where: Origin, called: str, facts: ServerFacts, memory: str, settings: Settings
) -> Iterator[tuple[Server, Why]]:
    """A new, empty server with these `settings`, in a container that may use so much `memory`; and why it went down, if
    it does. Raises SourceError."""
    name = f"backuptool-drill-{secrets.token_hex(4)}"
    removal = where.host.command(where.engine, "rm", "-f", "-v", name).formulate()
    fate, word = Fate(where, name, called, memory), b""
    with held():
        guard = subprocess.Popen(
            ["/bin/sh", "-c", GUARD, "guard", *removal],
            stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            start_new_session=True, cwd="/",
        )  # fmt: skip
        try:
            with released():
                _remove_ended(where)
                _run(where, name, facts, memory, settings)
                word = OVER
                server = Server(Container(name, where.host, where.engine), "postgres", facts.bootstrap_superuser)
                _await(server, fate)
                yield server, fate.why
        finally:
            guard.communicate(word)
            if word:
                fate.tell_unless_gone()


def _remove_ended(where: Origin) -> None:
    """What a drill left whose host or engine went down under it: a container that has ended, with a copy of the data.

    Another drill's that runs stays.
    """
    ended = ("--filter", "status=exited", "--filter", "status=dead")
    found = output(where.host.command(where.engine, "ps", "-aq", "--filter", f"label={LABEL}", *ended)).split()
    if found:
        log.warning("removing what a drill left that was cut off: %d containers", len(found))
        output(where.host.command(where.engine, "rm", "-f", "-v", *(one.decode() for one in found)))


def _run(where: Origin, name: str, facts: ServerFacts, memory: str, settings: Settings) -> None:
    """trust, because nobody else reaches it: there is no network, and no port."""
    variables = [
        f"POSTGRES_USER={facts.bootstrap_superuser}", "POSTGRES_DB=postgres", "POSTGRES_HOST_AUTH_METHOD=trust",
    ]  # fmt: skip
    if facts.server_version_num >= 160000:
        variables.append(f"POSTGRES_INITDB_ARGS=-c {LOCKS}")
    argv = (
        where.engine, "run", "-d", "--network", "none", "--memory", memory, "--shm-size", memory, "--tmpfs", HIDDEN,
        "--label", LABEL, "--name", name,
        *(word for variable in variables for word in ("-e", variable)), where.image,
        # Only then: an image may have a command of its own.
        *(("postgres",) if settings else ()),
        *(word for setting, value in settings.items() for word in ("-c", f"{setting}={value}")),
    )  # fmt: skip
    try:
        output(where.host.command(*argv))
    except CommandFailed as error:
        raise explained(error) from error


def _await(server: Server, fate: Fate) -> None:
    """Over TCP: while the image still makes the cluster, only the socket answers."""
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            output(server.shell.command("pg_isready", "-q", "-h", "127.0.0.1"))
        except SourceError as error:
            if time.monotonic() < deadline and fate.runs():
                time.sleep(0.2)
                continue
            raise fate.unready() from error
        return
