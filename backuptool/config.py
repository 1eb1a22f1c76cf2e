"""TOML → Plan; every error at once, each with its place in the file."""

from __future__ import annotations

import dataclasses
import math
import os
import tomllib
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic.fields import FieldInfo

from backuptool.encryption import WRITABLE, Kdf
from backuptool.errors import UsageError
from backuptool.mistakes import Keys, mistakes
from backuptool.shells import Shell
from backuptool.shells.compose import Compose
from backuptool.shells.container import Container
from backuptool.shells.local import Local
from backuptool.shells.ssh import Ssh
from backuptool.sources import Source
from backuptool.sources.arguments import check_extra
from backuptool.sources.pg_dump import PgDump
from backuptool.sources.script import Script
from backuptool.sources.server import Server
from backuptool.stores import Proof, Store
from backuptool.stores.directory import DirectoryStore
from backuptool.stores.webdav import Limits, Way, WebDavStore
from backuptool.stores.webdav.address import Address
from backuptool.stores.webdav.certificate import ClientCertificate
from backuptool.stores.webdav.credentials import Credentials
from backuptool.stores.webdav.pace import bytes_a_second


class Table(BaseModel):
    """A table of the file: unknown keys are errors, nothing is changed after it was read."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


def _absolute(path: Path) -> Path:
    if not path.is_absolute():
        raise ValueError(f"{path} is not an absolute path (cron starts somewhere else than you do)")
    return path


CREDENTIAL = "credential:"


def _credential(value: Any) -> Any:
    """What `credential:NAME` means: the file that systemd put there for the unit (systemd.exec(5), LoadCredential=)."""
    if not isinstance(value, str) or not value.startswith(CREDENTIAL):
        return value
    name, folder = value.removeprefix(CREDENTIAL), os.environ.get("CREDENTIALS_DIRECTORY")
    if not name or "/" in name or name in {".", ".."}:
        raise ValueError(f"{value} names no credential: write {CREDENTIAL}NAME, the NAME of LoadCredential=NAME:PATH")
    if not folder:
        raise ValueError(
            f"{value} is there in a systemd unit with LoadCredential={name}:PATH only "
            f"(by hand: systemd-run -P -p LoadCredential={name}:PATH backuptool …)"
        )
    path = Path(folder) / name
    if not path.exists():
        raise ValueError(f"{value} is not in {folder}: add LoadCredential={name}:PATH to the systemd unit")
    return path


def _program_name(text: str) -> str:
    if not text or text.startswith("-"):
        raise ValueError("must not be empty nor begin with a dash")
    return text


AbsolutePath = Annotated[Path, AfterValidator(_absolute)]
SecretPath = Annotated[AbsolutePath, BeforeValidator(_credential)]
Name = Annotated[str, AfterValidator(_program_name)]


class LocalShell(Table):
    """Programs of this host; `path`: folders that are searched first."""

    type: Literal["local"]
    path: str = ""

    def open(self) -> Shell:
        return Local(self.path)


class SshShell(Table):
    """Programs of another host, over the ssh command; everything else about it belongs into ~/.ssh/config."""

    type: Literal["ssh"]
    host: Name

    def open(self) -> Shell:
        return Ssh(self.host)


Host = Annotated[LocalShell | SshShell, Field(discriminator="type")]
HERE = LocalShell(type="local")


class ContainerShell(Table):
    """Programs inside a running container."""

    type: Literal["container"]
    name: Name
    engine: Literal["docker", "podman"] = "docker"
    host: Host = HERE

    def open(self) -> Shell:
        return Container(self.name, host=self.host.open(), engine=self.engine)


class ComposeShell(Table):
    """Programs inside the running container of a compose service; `project`: when it has a name of its own (`-p`)."""

    type: Literal["compose"]
    file: AbsolutePath
    service: Name
    project: Annotated[str, Field(pattern=r"^([a-z0-9][a-z0-9_-]*)?$")] = ""
    engine: Literal["docker", "podman"] = "docker"
    host: Host = HERE

    def open(self) -> Shell:
        return Compose(str(self.file), self.service, self.host.open(), self.engine, self.project)


AnyShell = Annotated[LocalShell | SshShell | ContainerShell | ComposeShell, Field(discriminator="type")]


class SourceTable(Table):
    """How a database is reached; what is left out is libpq's or, in a container, POSTGRES_DB and POSTGRES_USER."""

    shell: AnyShell = HERE
    database: str = ""
    user: str = ""
    host: str = ""
    port: Annotated[int, Field(ge=0, le=65535)] = 0
    passfile: str = ""

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
    folder: str = "/backups"
    remove_after: bool = False

    def open(self) -> Source:
        return Script(PgDump(self.server()), self.command, self.folder, self.remove_after)


class DirectoryTable(Table):
    """A folder, of a mounted disk for instance: what is mounted on `mount_point`; made by nobody but with `create`."""

    type: Literal["directory"]
    path: AbsolutePath
    create: bool = False
    mount_point: AbsolutePath | None = None

    @field_validator("mount_point")
    @classmethod
    def _holds_the_path(cls, mount_point: Path | None, others: ValidationInfo) -> Path | None:
        path = others.data.get("path")
        if mount_point is not None and path is not None and not path.is_relative_to(mount_point):
            raise ValueError(f"{path} is not below {mount_point}")
        return mount_point

    @property
    def label(self) -> str:
        return str(self.path)

    def open(self) -> Store:
        return DirectoryStore(self.path, create=self.create, mount_point=self.mount_point)


class WebDavTable(Table):
    """A WebDAV collection: Nextcloud, ownCloud, Apache and others; `patience`: seconds the server may be away.

    `upload`, `verify`: as WebDavStore has them.
    """

    type: Literal["webdav"]
    url: str
    user: str = ""
    password_file: SecretPath | None = None
    token_file: SecretPath | None = None
    curl_config: SecretPath | None = None
    client_cert: SecretPath | None = None
    client_key: SecretPath | None = None
    ca_file: AbsolutePath | None = None
    proxy: str = ""
    patience: Annotated[float, Field(ge=0, le=86400)] = Limits().patience
    upload: Way = "auto"
    verify: Proof | None = None
    limit_rate: Annotated[int | None, BeforeValidator(bytes_a_second)] = None

    @property
    def label(self) -> str:
        return self.url

    @field_validator("url")
    @classmethod
    def _is_an_address(cls, url: str) -> str:
        try:
            Address.parse(url)
        except UsageError as error:
            raise ValueError(f"{error.message}: {error.hint}") from None
        return url

    @model_validator(mode="after")
    def _has_credentials(self) -> WebDavTable:
        own = bool(self.user), self.password_file is not None
        count = [all(own), bool(self.token_file), bool(self.curl_config)].count(True)
        if any(own) != all(own) or count > 1 or not (count or self.client_cert):
            raise ValueError("give either user and password_file, or token_file, or curl_config, or only a client_cert")
        return self

    @model_validator(mode="after")
    def _can_show_its_certificate(self) -> WebDavTable:
        if self.client_key and not self.client_cert:
            raise ValueError("client_key is there without client_cert")
        if self.client_cert and not Address.parse(self.url).is_tls:
            raise ValueError("a client_cert is shown to an https address only")
        return self

    def open(self) -> Store:
        limits = dataclasses.replace(Limits.waiting(self.patience), rate=self.limit_rate or math.inf)
        return WebDavStore(
            self.url, self._credentials(), limits,
            ca_file=self.ca_file, proxy=self.proxy, upload=self.upload, verify=self.verify,
        )  # fmt: skip

    def _credentials(self) -> Credentials:
        own = self._password()
        if self.client_cert is None:
            return own
        return dataclasses.replace(own, certificate=ClientCertificate(self.client_cert, self.client_key))

    def _password(self) -> Credentials:
        if self.curl_config is not None:
            return Credentials.from_curl_config(self.curl_config)
        if self.token_file is not None:
            return Credentials.from_token_file(self.token_file)
        if self.password_file is not None:
            return Credentials.from_password_file(self.user, self.password_file)
        return Credentials.of_certificate()


AnyStore = Annotated[DirectoryTable | WebDavTable, Field(discriminator="type")]


def _moment(value: Any) -> datetime:
    if isinstance(value, datetime):
        return value if value.tzinfo else value.replace(tzinfo=UTC)
    if isinstance(value, date):  # the day itself is meant too: until its end
        return datetime.combine(value, time.max, UTC)
    raise ValueError("must be a date, without quotes: 2026-03-01, or 2026-03-01T12:00:00Z")


class OldPassphrase(Table):
    """A passphrase that was in use `until` then (UTC unless it says otherwise; a date: until the end of that day)."""

    file: SecretPath
    until: Annotated[datetime | None, BeforeValidator(_moment)] = None


def _old_passphrase(item: Any) -> Any:
    if isinstance(item, str | Path):
        return {"file": item}
    if not isinstance(item, dict | OldPassphrase):
        raise ValueError('must be a path, or { file = "/…", until = 2026-03-01 }')  # noqa: TRY004
    return item


class DrillTable(Table):
    """How a drill is done: in a container of `image` (else that of the database's own container) with `memory`.

    `assert`: queries that must give one true in the copy.
    """

    image: Annotated[str, Field(pattern="^[^-].*|$")] = ""
    memory: Annotated[str, Field(pattern="^[1-9][0-9]*[bkmgBKMG]?$")] = "1g"
    assertions: Annotated[tuple[str, ...], Field(alias="assert")] = ()


class PlanTable(Table):
    """One database and where its backups go. With `recipients` each backup has a passphrase of its own."""

    recipients: Annotated[tuple[AbsolutePath, ...], Field(min_length=1)] = ()
    passphrase_file: Annotated[SecretPath | None, Field(validate_default=True)] = None
    signing_key: Annotated[SecretPath | None, Field(validate_default=True)] = None
    signers: AbsolutePath | None = None
    identity_file: SecretPath | None = None
    old_passphrase_files: tuple[Annotated[OldPassphrase, BeforeValidator(_old_passphrase)], ...] = ()
    kdf: Literal["pbkdf2", "sop"] = "pbkdf2"
    md5: bool = True
    roles: bool = True
    host: str = Field(default_factory=lambda: os.uname().nodename)
    source: Annotated[PgDumpTable | ScriptTable, Field(discriminator="type")]
    stores: Annotated[tuple[AnyStore, ...], Field(min_length=1)]
    drill: DrillTable = DrillTable()

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


PlanName = Annotated[str, Field(pattern=r"^[a-z0-9-]{1,24}$")]


class Plan:
    """A plan that was read and checked, with its name and the folders its runs use."""

    def __init__(self, name: str, table: PlanTable, state_dir: Path, work_dir: Path) -> None:
        self.name, self.state_dir, self.work_dir = name, state_dir, work_dir
        self.passphrase_file, self.old_passphrase_files = table.passphrase_file, table.old_passphrase_files
        self.recipients, self.identity_file = table.recipients, table.identity_file
        self.signing_key, self.signers = table.signing_key, table.signers
        self.md5, self.roles, self.host = table.md5, table.roles, table.host
        self.kdf: Kdf = WRITABLE[table.kdf]
        self.drill, self.extra_args = table.drill, getattr(table.source, "extra_args", ())
        self._table = table

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


class Configuration(Table):
    """The whole file."""

    state_dir: AbsolutePath = Field(default_factory=lambda: default_folder("state"))
    work_dir: AbsolutePath | None = None
    plans: Annotated[dict[PlanName, PlanTable], Field(min_length=1)]

    def plan(self, name: str) -> Plan:
        """The plan `name`. Raises UsageError."""
        if name not in self.plans:
            raise UsageError(f"there is no plan {name!r}", hint=f"plans: {', '.join(self.plans)}")
        return Plan(name, self.plans[name], self.state_dir, self.work_dir or self.state_dir)


def default_folder(kind: Literal["config", "state"]) -> Path:
    """Where configuration and state live: the host's folders for root, XDG's for everybody else."""
    if os.geteuid() == 0:
        return {"config": Path("/etc/backuptool"), "state": Path("/var/lib/backuptool")}[kind]
    variables = {"config": ("XDG_CONFIG_HOME", ".config"), "state": ("XDG_STATE_HOME", ".local/state")}
    variable, fallback = variables[kind]
    return Path(os.environ.get(variable) or _home() / fallback) / "backuptool"


def _home() -> Path:
    try:
        return Path.home()
    except RuntimeError:  # pathlib's word for it
        raise UsageError(
            f"user {os.geteuid()} has no home folder, where its configuration and state would be",
            hint="set HOME; or name --config, and state_dir in it",
        ) from None


def read_config(path: Path) -> Configuration:
    """The configuration in a TOML file. Raises UsageError that lists everything that is wrong with it."""
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise UsageError(
            f"there is no configuration {path}", hint="write one (see README), or name it with --config"
        ) from None
    except IsADirectoryError:
        raise UsageError(f"{path} is a directory", hint="name the file in it: --config FILE") from None
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}", hint="run as the user who may read it") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{path}: {error}", hint="it is no TOML") from error
    return check_config(content, str(path))


def check_config(content: dict[str, Any], origin: str) -> Configuration:
    """The configuration in these tables, which came from `origin`. Raises UsageError."""
    try:
        return Configuration.model_validate(content)
    except ValidationError as error:
        lines = [f"{origin}: {line}" for line in mistakes(error.errors(), KEYS)]
        raise UsageError("\n".join(lines), hint="see the README's configuration") from None


def fields(table: type[Table]) -> dict[str, FieldInfo]:
    """The keys of a table, as the file has them."""
    return {field.alias or name: field for name, field in table.model_fields.items()}


TABLES: dict[str, tuple[str, type[Table]]] = {
    "top": ("the top of the file", Configuration),
    "plan": ("a plan", PlanTable),
    "old_passphrase_files": ("old_passphrase_files", OldPassphrase),
    "drill": ("drill", DrillTable),
    "pg_dump": ("a source of type pg_dump", PgDumpTable),
    "script": ("a source of type script", ScriptTable),
    "directory": ("a store of type directory", DirectoryTable),
    "webdav": ("a store of type webdav", WebDavTable),
    "local": ("a shell of type local", LocalShell),
    "ssh": ("a shell of type ssh", SshShell),
    "container": ("a shell of type container", ContainerShell),
    "compose": ("a shell of type compose", ComposeShell),
}
KEYS = {kind: Keys(label, tuple(fields(table))) for kind, (label, table) in TABLES.items()}
