"""TOML → Plan; every error at once, each with its place in the file."""

from __future__ import annotations

import os
import pwd
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError
from pydantic.fields import FieldInfo

from backuptool.config.check import CheckTable
from backuptool.config.drill import DrillTable
from backuptool.config.keep import KeepTable
from backuptool.config.plan import OldPassphrase, Plan, PlanName, PlanTable
from backuptool.config.shells import ComposeShell, ContainerShell, LocalShell, SshShell
from backuptool.config.sources import PgDumpTable, ScriptTable, SourceTable
from backuptool.config.stores import DirectoryTable, WebDavTable
from backuptool.config.table import AbsolutePath, Table
from backuptool.config.told import HooksTable, NotifyTable
from backuptool.errors import Mistakes, UsageError
from backuptool.mistakes import Keys, mistakes

__all__ = [
    "Configuration", "Plan", "PlanTable", "SourceTable", "check_config", "default_folder", "fields", "read_config",
    "read_tables",
]  # fmt: skip


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
    given = Path(os.environ.get(variable, ""))
    # XDG Base Directory Specification, Basics: a relative path is invalid, and ignored.
    return (given if given.is_absolute() else _home() / fallback) / "backuptool"


def _home() -> Path:
    given = Path(os.environ.get("HOME", ""))
    if given.is_absolute():
        return given
    try:
        return Path(pwd.getpwuid(os.geteuid()).pw_dir)
    except KeyError:
        raise UsageError(
            f"user {os.geteuid()} has no home folder, where its configuration and state would be",
            hint="set HOME; or name --config, and state_dir in it",
        ) from None


def read_config(path: Path) -> Configuration:
    """The configuration in a TOML file. Raises UsageError that lists everything that is wrong with it."""
    return check_config(read_tables(path), str(path))


def read_tables(path: Path) -> dict[str, Any]:
    """The tables in a TOML file, as they are. Raises UsageError."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))  # -sig: Windows editors begin so
    except FileNotFoundError:
        raise UsageError(
            f"there is no configuration {path}", hint="let `backuptool init` write one, or name it with --config"
        ) from None
    except IsADirectoryError:
        raise UsageError(f"{path} is a directory", hint="name the file in it: --config FILE") from None
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}", hint="run as the user who may read it") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{path} is not written in UTF-8: byte {error.start + 1}", hint="save it as UTF-8") from error
    except tomllib.TOMLDecodeError as error:
        hint = "correct that line; a text stands in quotes, the name of a table in brackets"
        raise UsageError(f"{path} is no TOML: {error}", hint=hint) from error


def check_config(content: dict[str, Any], origin: str) -> Configuration:
    """The configuration in these tables, which came from `origin`. Raises UsageError."""
    try:
        return Configuration.model_validate(content)
    except ValidationError as error:
        lines = (f"{origin}: {line}" for line in mistakes(error.errors(), KEYS))
        raise Mistakes(lines, hint="docs/configuration.md has every key") from None


def fields(table: type[Table]) -> dict[str, FieldInfo]:
    """The keys of a table, as the file has them."""
    return {field.alias or name: field for name, field in table.model_fields.items()}


TABLES: dict[str, tuple[str, type[Table]]] = {
    "top": ("the top of the file", Configuration),
    "plan": ("a plan", PlanTable),
    "old_passphrase_files": ("old_passphrase_files", OldPassphrase),
    "keep": ("keep", KeepTable),
    "check": ("check", CheckTable),
    "drill": ("drill", DrillTable),
    "notify": ("notify", NotifyTable),
    "hooks": ("hooks", HooksTable),
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
