"""What is backed up."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, StrictBool, StrictInt, model_validator

from backuptool.config.shells import HERE, AnyShell
from backuptool.config.table import AbsoluteText, Table
from backuptool.sources import Source
from backuptool.sources.arguments import check_extra
from backuptool.sources.pg_dump import PgDump
from backuptool.sources.script import Script
from backuptool.sources.server import Server


class SourceTable(Table):
    """How a database is reached; what is left out is libpq's or, in a container, POSTGRES_DB and POSTGRES_USER."""

    shell: AnyShell = HERE
    database: str = ""
    user: str = ""
    host: str = ""
    port: Annotated[StrictInt, Field(ge=0, le=65535)] = 0
    passfile: AbsoluteText = ""

    @model_validator(mode="after")
    def _names_a_database(self) -> SourceTable:
        if not self.database and self.shell.type not in ("compose", "container"):
            raise ValueError("database is missing (only a container's own POSTGRES_DB can stand in for it)")
        return self

    def server(self) -> Server:
        """The database's server. Asks the container for what is left out. Raises SourceError."""
        server = Server(self.shell.open(), self.database, self.user, self.host, self.port, self.passfile)
        return server.with_container_defaults() if self.shell.type in ("compose", "container") else server


class PgDumpTable(SourceTable):
    """pg_dump, streamed."""

    type: Literal["pg_dump"] = "pg_dump"
    extra_args: Annotated[tuple[str, ...], AfterValidator(check_extra)] = ()

    def open(self) -> Source:
        return PgDump(self.server(), self.extra_args)


class ScriptTable(SourceTable):
    """The container's own `backup` script, which writes a file into `folder`."""

    type: Literal["script"]
    command: Annotated[tuple[str, ...], Field(min_length=1)] = ("backup",)
    folder: AbsoluteText = "/backups"
    remove_after: StrictBool = False

    def open(self) -> Source:
        return Script(PgDump(self.server()), self.command, self.folder, self.remove_after)
