"""What the plans of a configuration need of their unit."""

from __future__ import annotations

import shlex
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from backuptool.config import Configuration, check_config, read_tables
from backuptool.config.shells import ComposeShell, ContainerShell, LocalShell
from backuptool.config.stores import DirectoryTable
from backuptool.config.table import CREDENTIAL
from backuptool.errors import UsageError
from backuptool.install.systemd import OWN_STATE, Needs, in_tmp
from backuptool.nightly import NIGHTLY_PATH

SNAPS = "/snap/bin"  # in the PATH of a login, not in the unit's: each program there is a link to snap


def needs_of(config: Path) -> Needs:
    """Read the configuration at `config`. Raises UsageError."""
    tables = read_tables(config)
    names = dict.fromkeys(value.removeprefix(CREDENTIAL) for value in _values(tables) if value.startswith(CREDENTIAL))
    configuration = check_config(tables, str(config))
    folders = dict.fromkeys([configuration.state_dir, configuration.work_dir or configuration.state_dir])
    tmp = any(map(in_tmp, _values(tables)))
    return Needs(
        tuple(folders), _stores(configuration), tuple(names), _hooks(configuration), _barred(configuration), tmp
    )


def _barred(configuration: Configuration) -> str:
    """What enters namespaces, which the unit forbids: podman, for it has no daemon, and what snapd starts."""
    shells = [plan.source.shell for plan in configuration.plans.values()]
    within = [shell for shell in shells if isinstance(shell, ComposeShell | ContainerShell)]
    here = [(shell.engine, shell.host.path) for shell in within if isinstance(shell.host, LocalShell)]
    if any(engine == "podman" for engine, _ in here):
        return "podman cannot enter a container under the unit's rules"
    snaps = [engine for engine, path in here if _is_snap(engine, path)]
    return f"{snaps[0]} from a snap cannot be started under the unit's rules" if snaps else ""


def _is_snap(engine: str, path: str) -> bool:
    found = shutil.which(engine, path=":".join(filter(None, (path, NIGHTLY_PATH, SNAPS))))
    return found is not None and Path(found).resolve().name == "snap"


def refuse_missing(needs: Needs) -> None:
    """Raises UsageError for a folder that is not there: systemd could not open it to the unit, nor the run make it."""
    for folder in needs.folders:
        if not folder.is_relative_to(OWN_STATE) and not folder.is_dir():
            hint = f"make it first: mkdir -p -m 700 {shlex.quote(str(folder))}"
            raise UsageError(f"there is no folder {folder}", hint=hint)


def refuse_barred(needs: Needs) -> None:
    """Raises UsageError for what the unit would only keep from running."""
    if needs.barred:
        raise UsageError(needs.barred, hint="backuptool install cron")


def _hooks(configuration: Configuration) -> tuple[str, ...]:
    hooks = [plan.hooks for plan in configuration.plans.values()]
    commands = [argv for one in hooks for argv in (one.before, one.after, one.failed)]
    return tuple(dict.fromkeys(argv[0] for argv in commands if argv))


def _stores(configuration: Configuration) -> tuple[Path, ...]:
    """Each store's folder; the one above it where the tool would make it."""
    found = [store for plan in configuration.plans.values() for store in plan.stores]
    return tuple(
        store.path.parent if store.create and not store.path.exists() else store.path
        for store in found
        if isinstance(store, DirectoryTable)
    )


def _values(table: Any) -> Iterator[str]:
    """Every text in the tables."""
    if isinstance(table, dict | list):
        for value in table.values() if isinstance(table, dict) else table:
            yield from _values(value)
    elif isinstance(table, str):
        yield table
