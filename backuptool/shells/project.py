"""Which compose projects have a running container of a service, by the labels that compose (v1 and v2) puts on it."""

from __future__ import annotations

import posixpath

from backuptool.errors import CommandFailed
from backuptool.shells import Shell
from backuptool.shells.engine import Engine, explained
from backuptool.shells.stream import output

LABEL = "com.docker.compose"
# v1 has the files as they were given, beside the folder it ran in; v2 has absolute paths.
FORMAT = "\t".join(
    f'{{{{.Label "{LABEL}.{name}"}}}}' for name in ("project", "project.working_dir", "project.config_files")
)


def projects_of(host: Shell, engine: Engine, files: list[str], service: str) -> set[str]:
    """The names of the projects that were made from one of `files` and run `service`. Raises SourceError."""
    wanted = {_real(host, file) for file in files} | set(files)
    filters = ("--filter", f"label={LABEL}.service={service}")
    try:
        listed = output(host.command(engine, "ps", *filters, "--format", FORMAT)).decode(errors="replace")
    except CommandFailed as error:
        raise explained(error) from error
    found = set()
    for line in listed.splitlines():
        project, folder, paths = (*line.split("\t"), "", "")[:3]
        made_from = {posixpath.normpath(posixpath.join(folder, path)) for path in paths.split(",") if path}
        if wanted & made_from or wanted & {_real(host, path) for path in made_from}:
            found.add(project)
    return found


def _real(host: Shell, path: str) -> str:
    """The path without symbolic links, as the host has it; as it is where it cannot be followed."""
    try:
        return output(host.command("readlink", "-f", path)).decode(errors="surrogateescape").removesuffix("\n")
    except CommandFailed:
        return path
