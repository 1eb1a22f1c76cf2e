"""What the engine (docker, podman) knows of a container, and what to do about what it says."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from backuptool.errors import CommandFailed, SourceError
from backuptool.shells import Shell
from backuptool.shells.stream import output

Engine = Literal["docker", "podman"]
STATE = "{{.State.Running}} {{.State.Paused}} {{.Name}} {{.State.Restarting}}"
HINTS = {
    # v2; v1 ends in a traceback, whose last line is the second form
    r"(Cannot|Couldn't) connect to (the )?Docker daemon|server API version.*(FileNotFound|Refused)": (
        "is the Docker daemon running? (systemctl status docker)"
    ),
    r"permission denied.*docker.*sock|server API version.*PermissionError": (
        "run as root, or as a member of the group docker"
    ),
    r"No such (container|object)": "docker ps names those that run",
    r"is not running": "start it, or look why it ended: docker ps -a, docker logs",
    r"is invalid because:": "docker-compose 1 does not take it; if it is for docker compose v2, install that",
    r"is paused": "docker unpause, then run it again",
    # v2; v1
    r"while interpolating|Missing mandatory value": (
        "put this variable into the file .env beside the compose file: cron has nothing of what your shell exports"
    ),
    r"error during connect|resolve docker endpoint": "look at DOCKER_HOST, DOCKER_CONTEXT and `docker context ls`",
}


@dataclass(frozen=True, slots=True)
class State:
    """A container as the engine shows it."""

    name: str
    running: bool
    paused: bool
    restarting: bool


def state(host: Shell, engine: Engine, container: str) -> State:
    """The state of a container, by name or id. Raises SourceError when there is none, or no engine answers."""
    try:
        # Without the type a network or an image of that name is shown, of which STATE is an error.
        command = host.command(engine, "inspect", "--type", "container", "-f", STATE, container)
        said = output(command).decode(errors="replace")
    except CommandFailed as error:
        if re.search(r"No such (container|object)", error.stderr, re.IGNORECASE):
            raise SourceError(
                f"there is no container {container} on {host}", hint=f"`{engine} ps` names those that run"
            ) from error
        raise explained(error) from error
    running, paused, name, restarting = (*said.split(), "", "", "", "")[:4]
    # podman: a paused container is not running
    name = name.removeprefix("/") or container
    return State(name, "true" in (running, paused), paused == "true", restarting == "true")


def refuse_unless_runs(found: State, called: str, engine: Engine) -> None:
    """Raises SourceError for a container in which nothing can run."""
    if found.paused:
        raise SourceError(f"{called} is paused", hint=f"{engine} unpause {found.name}")
    if found.restarting:
        raise SourceError(
            f"{called} is being restarted: it ends as soon as it was started",
            hint=f"{engine} logs {found.name} tells why",
        )
    if not found.running:
        raise SourceError(
            f"{called} is not running", hint=f"{engine} start {found.name}; `{engine} logs {found.name}` tells why"
        )


def explained(error: SourceError, hint: str = "") -> SourceError:
    """The engine's complaint with what to do about it; `hint` when nothing certain is known."""
    found = next((told for sign, told in HINTS.items() if re.search(sign, error.message)), "")
    return SourceError(error.message, hint=found or hint or error.hint)
