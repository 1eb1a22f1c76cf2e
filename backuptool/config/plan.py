"""One database, where its backups go, and what they are made and read with."""

from __future__ import annotations

import os
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, StrictBool, ValidationInfo, field_validator, model_validator

from backuptool.bundle import Keys, Passphrase
from backuptool.config.check import CheckTable
from backuptool.config.drill import DrillTable
from backuptool.config.duration import Duration
from backuptool.config.keep import KeepTable
from backuptool.config.sources import PgDumpTable, ScriptTable
from backuptool.config.stores import AnyStore, Stores
from backuptool.config.table import AbsolutePath, OrText, SecretPath, Table
from backuptool.config.told import HooksTable, NotifyTable
from backuptool.encryption import WRITABLE, Kdf
from backuptool.passphrase import read_passphrase
from backuptool.recipients import read_identity
from backuptool.shells import Shell
from backuptool.sources import Source
from backuptool.sources.server import Server
from backuptool.stores import Store


def _moment(value: Any) -> datetime:
    if isinstance(value, datetime):
        try:
            return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)
        except OverflowError:
            raise ValueError("is before year 1 or after 9999 in UTC") from None
    if isinstance(value, date):  # the day itself is meant too: until its end
        return datetime.combine(value, time.max, UTC)
    raise ValueError("must be a date, without quotes: 2026-03-01, or 2026-03-01T12:00:00Z")


class OldPassphrase(Table):
    """A passphrase that was in use `until` then (UTC unless it says otherwise; a date: until the end of that day)."""

    file: SecretPath
    until: Annotated[datetime | None, BeforeValidator(_moment, json_schema_input_type=datetime | date)] = None


def _old_passphrase(item: Any) -> Any:
    if isinstance(item, str | Path):
        return {"file": item}
    if not isinstance(item, dict | OldPassphrase):
        raise ValueError('must be a path, or { file = "/…", until = 2026-03-01 }')  # noqa: TRY004
    return item


class PlanTable(Table):
    """One database and where its backups go. With `recipients` each backup has a passphrase of its own."""

    recipients: Annotated[tuple[AbsolutePath, ...], Field(min_length=1)] = ()
    passphrase_file: Annotated[SecretPath | None, Field(validate_default=True)] = None
    signing_key: Annotated[SecretPath | None, Field(validate_default=True)] = None
    signers: AbsolutePath | None = None
    identity_file: SecretPath | None = None
    old_passphrase_files: tuple[Annotated[OldPassphrase, BeforeValidator(_old_passphrase), OrText()], ...] = ()
    kdf: Literal["pbkdf2", "sop"] = "pbkdf2"
    md5: StrictBool = True
    roles: StrictBool = True
    host: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")] = Field(
        default_factory=lambda: os.uname().nodename
    )
    # A night's backup must not keep the next night's from being made.
    time_limit: Duration = timedelta(hours=23)
    source: Annotated[PgDumpTable | ScriptTable, Field(discriminator="type")]
    stores: Stores
    keep: KeepTable | None = None
    check: CheckTable = CheckTable()
    drill: DrillTable = DrillTable()
    notify: NotifyTable = NotifyTable()
    hooks: HooksTable = HooksTable()

    @model_validator(mode="before")
    @classmethod
    def _dumps_by_default(cls, table: Any) -> Any:
        source = table.get("source") if isinstance(table, dict) else None
        if isinstance(source, dict) and "type" not in source:
            return {**table, "source": {"type": "pg_dump", **source}}
        return table

    # Of single fields, not of the table: pydantic checks a table only when its fields are all right.
    @field_validator("passphrase_file")
    @classmethod
    def _or_recipients(cls, path: Path | None, others: ValidationInfo) -> Path | None:
        if "recipients" in others.data and bool(path) == bool(others.data["recipients"]):
            raise ValueError(
                "not beside recipients: keep one of the two" if path else "is missing (or give recipients)"
            )
        return path

    @field_validator("signing_key")
    @classmethod
    def _signs_for_recipients(cls, path: Path | None, others: ValidationInfo) -> Path | None:
        if others.data.get("recipients") and path is None:
            raise ValueError("is missing: anybody can seal for recipients, only a signature says who did")
        return path


# No - in front: RECOVER.txt hands names of members to commands, and -x would be an option.
PlanName = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,23}$")]


class Plan:
    """A plan that was read and checked, with its name and the folders its runs use."""

    def __init__(self, name: str, table: PlanTable, state_dir: Path, work_dir: Path) -> None:
        self.name, self.state_dir, self.work_dir = name, state_dir, work_dir
        self.passphrase_file, self.old_passphrase_files = table.passphrase_file, table.old_passphrase_files
        self.recipients, self.identity_file = table.recipients, table.identity_file
        self.signing_key, self.signers = table.signing_key, table.signers
        self.md5, self.roles, self.host = table.md5, table.roles, table.host
        self.time_limit = table.time_limit.total_seconds()  # of one backup, verify or drill
        self.kdf: Kdf = WRITABLE[table.kdf]
        self.drill, self.extra_args = table.drill, getattr(table.source, "extra_args", ())
        self.check = table.check
        self.keep = table.keep.policy() if table.keep else None
        self.notify, self.hooks = table.notify, table.hooks
        self._table = table

    @property
    def source_table(self) -> PgDumpTable | ScriptTable:
        """What is backed up, as the configuration has it."""
        return self._table.source

    @property
    def store_tables(self) -> tuple[AnyStore, ...]:
        """Where bundles go, as the configuration has it."""
        return self._table.stores

    @property
    def shell(self) -> Shell:
        """Where the database's programs run. Raises SourceError."""
        return self._table.source.shell.open()

    def open_source(self) -> Source:
        """What is backed up. Raises SourceError."""
        return self._table.source.open()

    def open_server(self) -> Server:
        """The server the source is on. Raises SourceError."""
        return self._table.source.server()

    def open_stores(self) -> list[tuple[str, Store]]:
        """Each store with what messages call it. Raises UsageError."""
        return [(store.label, store.open()) for store in self._table.stores]

    def passphrases(self) -> tuple[Passphrase, ...]:
        """Those of its backups, the present one first. Raises UsageError."""
        own = (Passphrase(read_passphrase(self.passphrase_file)),) if self.passphrase_file else ()
        return (*own, *(Passphrase(read_passphrase(old.file), old.until) for old in self.old_passphrase_files))

    def open_keys(self) -> Keys:
        """What its backups are read with where nobody is asked for a password. Raises UsageError."""
        identity = read_identity(self.identity_file, None) if self.identity_file else None
        return Keys(self.passphrases(), identity, self.signers)
