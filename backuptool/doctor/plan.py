"""What a plan needs besides its stores: keys that work, a database that answers, room, and nobody else at it."""

from __future__ import annotations

import os
import re
import shutil
from dataclasses import replace
from functools import cached_property
from pathlib import Path

from backuptool.amounts import number, size
from backuptool.backup import SHORT
from backuptool.config import Plan
from backuptool.config.shells import ComposeShell, ContainerShell
from backuptool.config.sources import ScriptTable
from backuptool.doctor.check import Check, Doubt
from backuptool.doctor.rights import refuse_unless_readable
from backuptool.errors import BackuptoolError, CommandFailed, Locked, SourceError
from backuptool.ledger import Ledger
from backuptool.lock import locked
from backuptool.passphrase import read_passphrase
from backuptool.recipients import read_recipients
from backuptool.shells.engine import explained
from backuptool.shells.stream import output
from backuptool.signature import sign
from backuptool.sources.script import Script
from backuptool.sources.server import Server

PATIENCE = 60.0  # s for a server that says nothing; somebody waits
ASKED = "select current_setting('server_version'), current_setting('server_version_num'),"
ASKED += " pg_catalog.pg_database_size(current_database())"
CLIENTS = "install PostgreSQL's client programs there, or set the shell's path"


class Subject:
    """A plan, and what was learnt about it so far."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.size = 0  # bytes of the database, once it has told

    @cached_property
    def server(self) -> Server:
        """Where the database is. Raises SourceError."""
        return replace(self.plan.open_server(), stall=PATIENCE)

    @cached_property
    def version(self) -> tuple[str, int, int]:
        """The server's version, as text and as PostgreSQL numbers it; the database's size. Raises SourceError."""
        ((text, number, bytes_),) = self.server.query(ASKED)
        return text, int(number), int(bytes_)


def _keys(subject: Subject) -> str:
    plan = subject.plan
    if plan.recipients:
        recipients = read_recipients(plan.recipients)
        return f"{number(len(recipients), 'recipient')}: {', '.join(one.fingerprint[:16] for one in recipients)}"
    assert plan.passphrase_file is not None  # noqa: S101 - the configuration has one of the two
    length = len(read_passphrase(plan.passphrase_file).reveal())
    if length < SHORT:
        hint = "backuptool keygen makes a better one; name this one in old_passphrase_files then"
        raise Doubt(f"{plan.passphrase_file}: a passphrase of only {length} bytes", hint=hint)
    return f"{plan.passphrase_file}: {length} bytes, closed to others"


def _signing(subject: Subject) -> str | None:
    plan = subject.plan
    if plan.signers is not None and not plan.signers.read_bytes().strip():
        raise BackuptoolError(f"{plan.signers} names no signer", hint="backuptool keygen --signing makes one")
    if plan.signing_key is None:
        return None
    sign(b"", plan.signing_key)
    return f"{plan.signing_key} signs"


def _keep(subject: Subject) -> str:
    if subject.plan.keep is None:
        raise Doubt(
            "nothing says what to keep, so nothing is ever removed",
            hint="put keep = { last = 7, daily = 14, weekly = 8, monthly = 12 } into the plan",
        )
    return "what it does not keep is removed after each backup"


def _told(subject: Subject) -> str | None:
    """Who is told is not pinged here: a watcher would take it for a run."""
    hooks, ping = subject.plan.hooks, subject.plan.notify.open()
    for argv in (hooks.before, hooks.after, hooks.failed):
        if argv and shutil.which(argv[0]) is None:
            raise BackuptoolError(f"the hook {argv[0]} is no program", hint="give its path, and chmod +x it")
    return str(ping) if ping else None


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
    runs = isinstance(subject.plan.source_table.shell, ComposeShell | ContainerShell)
    return f"{shell} runs" if runs else f"programs of {shell}"


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


def _work_dir(subject: Subject) -> str:
    folder = _existing(subject.plan.work_dir)
    if not os.access(folder, os.W_OK | os.X_OK):
        raise BackuptoolError(f"{folder} cannot be written to by this user", hint="run as its owner, or set work_dir")
    free, last = shutil.disk_usage(folder).free, Ledger(subject.plan.state_dir).last(subject.plan.name)
    needed = last.size if last else 0
    if free < needed:
        raise BackuptoolError(f"{folder} has {size(free)} free, the last backup took {size(needed)}",
                              hint="make room there, or set work_dir")  # fmt: skip
    if needed and free < 2 * needed:
        raise Doubt(f"{folder} has {size(free)} free, the last backup took {size(needed)}", hint="make room there")
    if not needed and free < subject.size:
        said = f"{folder} has {size(free)} free, the database has {size(subject.size)}; how small it is compressed,"
        raise Doubt(f"{said} the first backup tells", hint="make room there, or set work_dir")
    if folder != subject.plan.work_dir != subject.plan.state_dir:
        raise Doubt(f"{subject.plan.work_dir} is not there yet, and will be made in {folder}: {size(free)} free",
                    hint="where it should be there, as a disk that is mounted: correct work_dir")  # fmt: skip
    return f"{subject.plan.work_dir}: {size(free)} free" + (f", the last backup took {size(needed)}" if needed else "")


def _state_dir(subject: Subject) -> str:
    folder, ledger = _existing(subject.plan.state_dir), Ledger(subject.plan.state_dir)
    if not os.access(folder, os.W_OK | os.X_OK):
        if not folder.is_dir() or os.statvfs(folder).f_flag & os.ST_RDONLY:  # as backuptool.lock has it
            hint = "backups are made all the same, and what was done with them is forgotten: set state_dir"
            raise Doubt(f"nothing can be kept in {folder}", hint=hint)
        raise BackuptoolError(f"{folder} cannot be written to by this user", hint="run as its owner, or set state_dir")
    if ledger.path.exists() and not os.access(ledger.path, os.R_OK | os.W_OK):
        raise Doubt(
            f"{ledger.path} cannot be read or written by this user", hint="it is history only; run as its owner"
        )
    last = ledger.last(subject.plan.name)
    return f"{subject.plan.state_dir}: " + (f"last backup {last.at[:16]}Z, {last.bundle}" if last else "no backup yet")


def _existing(folder: Path) -> Path:
    """The folder, or the first above it that is there: it is made when it is needed."""
    return next(place for place in (folder, *folder.parents) if place.exists())


def _lock(subject: Subject) -> str:
    if not subject.plan.state_dir.is_dir():
        return "free"
    try:
        with locked(subject.plan.state_dir, subject.plan.name):
            return "free"
    except Locked as error:
        raise Doubt(
            error.message, hint="what it changes may look odd here; run doctor again when it has ended"
        ) from error


PLAN: tuple[Check[Subject], ...] = (
    Check("keys", _keys),
    Check("signing", _signing),
    Check("keep", _keep),
    Check("told", _told),
    Check("engine", _engine),
    Check("shell", _shell, ("engine",)),
    Check("database", _database, ("shell",)),
    Check("rights", _rights, ("database",)),
    Check("pg_dump", _programs, ("database",)),
    Check("script", _script, ("database",), _has_script),
    Check("work_dir", _work_dir),
    Check("state_dir", _state_dir),
    Check("lock", _lock, ("state_dir",)),
)
