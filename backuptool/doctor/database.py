"""Whether the database answers, and can be dumped by who dumps it with what is there."""

from __future__ import annotations

import re
from pathlib import Path

from backuptool.amounts import size
from backuptool.config.shells import AnyShell, ComposeShell, ContainerShell, LocalShell
from backuptool.config.sources import ScriptTable
from backuptool.doctor.check import Check, Doubt
from backuptool.doctor.rights import refuse_unless_readable
from backuptool.doctor.subject import PATIENCE, Subject
from backuptool.errors import CommandFailed, SourceError
from backuptool.shells.engine import explained
from backuptool.shells.stream import output
from backuptool.sources.script import Script

CLIENTS = "install PostgreSQL's client programs there, or set the shell's path"


def _engine(subject: Subject) -> str | None:
    table = subject.plan.source_table.shell
    if not isinstance(table, ComposeShell | ContainerShell):
        return None
    host, engine = table.host.open(), table.engine
    try:
        version = output(host.command(engine, "version", "--format", "{{.Server.Version}}"), stall=PATIENCE)
    except CommandFailed as error:
        raise explained(error) from error
    return f"{engine} {version.decode(errors='replace').strip()} on {host}"


def _shell(subject: Subject) -> str:
    shell = subject.plan.shell
    output(shell.command("true"), stall=PATIENCE)
    _doubt_path(subject.plan.source_table.shell)
    runs = isinstance(subject.plan.source_table.shell, ComposeShell | ContainerShell)
    return f"{shell} runs" if runs else f"the programs of {shell} are taken"


def _doubt_path(table: AnyShell) -> None:
    """What is not found there is taken from elsewhere, and nothing says so."""
    on = table.host if isinstance(table, ComposeShell | ContainerShell) else table
    folders = on.path.split(":") if isinstance(on, LocalShell) and on.path else []
    if gone := next((folder for folder in folders if not Path(folder).is_dir()), None):
        hint = "correct the path: programs that are not in it are those of this user's PATH"
        raise Doubt(f"{gone}, of the shell's path, is no folder on this host", hint=hint)


def _database(subject: Subject) -> str:
    version, _, subject.size = subject.version
    return f"{subject.server.database}, {size(subject.size)}, on PostgreSQL {version}"


def _rights(subject: Subject) -> str:
    """With extra_args, or a script, what is not readable here may be left out there."""
    try:
        refuse_unless_readable(subject.server)
    except SourceError as error:
        if not (subject.plan.extra_args or _has_script(subject)):
            raise
        raise Doubt(f"{error.message}, which the dump must leave out then", hint=error.hint) from error
    return "all tables and sequences can be read"


def _programs(subject: Subject) -> str:
    """pg_dump's version, once it is known that its companions are there too: pg_restore takes the database's own
    properties out of a dump."""
    told = _program(subject, "pg_dump")
    for companion in ("pg_restore", *(["pg_dumpall"] if subject.plan.roles else [])):
        _program(subject, companion)
    return told


def _program(subject: Subject, name: str) -> str:
    try:
        told = output(subject.server.shell.command(name, "--version"), stall=PATIENCE).decode(errors="replace").strip()
    except CommandFailed as error:
        raise SourceError(f"{name}: {error.message}", hint=CLIENTS) from error
    found = re.search(r"\) (\d+)", told)
    if found is None:
        raise SourceError(f"{name} says {told!r}, which is no version", hint="see which program that is")
    server = subject.version[1] // 10000
    if int(found[1]) < server:
        raise SourceError(
            f"{name} is {found[1]}, the server {server}: it refuses newer servers than itself",
            hint=f"install PostgreSQL {server}'s client programs there, or set the shell's path",
        )
    return told


def _has_script(subject: Subject) -> bool:
    return isinstance(subject.plan.source_table, ScriptTable)


def _script(subject: Subject) -> str:
    source = subject.plan.open_source()
    assert isinstance(source, Script)  # noqa: S101 - only of such a plan it is asked
    program = source.argv[0]
    try:
        output(subject.plan.shell.command("sh", "-c", 'command -v "$1"', "sh", program), stall=PATIENCE)
    except SourceError as error:
        raise SourceError(f"there is no {program} in {subject.plan.shell}", hint='or type = "pg_dump"') from error
    source.prepare()
    return f"{program}, which writes to {source.folder}"


DATABASE: tuple[Check[Subject], ...] = (
    Check("engine", _engine),
    Check("shell", _shell, ("engine",)),
    Check("database", _database, ("shell",)),
    Check("rights", _rights, ("database",)),
    Check("pg_dump", _programs, ("database",)),
    Check("script", _script, ("database",), _has_script),
)
