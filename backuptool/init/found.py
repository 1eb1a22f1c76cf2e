"""What runs on this host and might be backed up: containers of compose services, likely PostgreSQLs first."""

from __future__ import annotations

import re
from dataclasses import dataclass

from backuptool.errors import SourceError
from backuptool.shells.compose import Compose
from backuptool.shells.local import Local
from backuptool.shells.project import LABEL
from backuptool.shells.stream import output

LIMIT = 20.0  # s; somebody waits
LIKELY = re.compile(r"postg|timescale|\bpg\b|\bdb\b", re.IGNORECASE)
FORMAT = "\t".join(
    (*(f'{{{{.Label "{LABEL}.{name}"}}}}' for name in ("project.config_files", "service", "project")), "{{.Image}}")
)


@dataclass(frozen=True, slots=True)
class Service:
    """A running service: the compose file (colons between several), its name, its project, its image."""

    file: str
    name: str
    project: str
    image: str


def running_services() -> list[Service]:
    """Those of this host's docker; none where no docker answers."""
    try:
        listed = output(Local().command("docker", "ps", "--format", FORMAT), stall=LIMIT).decode(errors="replace")
    except SourceError:
        return []
    found = {Service(files.replace(",", ":"), *rest) for files, *rest in map(_columns, listed.splitlines()) if files}
    absolute = [one for one in found if one.file.startswith("/")]  # v1 has it as it was given, which means nothing here
    return sorted(absolute, key=lambda one: (not _likely(one), one.file, one.project, one.name))


def services_in(file: str) -> list[str]:
    """Those of the compose file `file`; none where compose does not say."""
    try:
        return Compose(file, "").services()
    except SourceError:
        return []


def _columns(line: str) -> list[str]:
    return [*line.split("\t"), "", "", "", ""][:4]


def _likely(service: Service) -> bool:
    return LIKELY.search(f"{service.name} {service.image}") is not None
