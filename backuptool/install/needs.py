"""What the plans of a configuration need of their unit."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from backuptool.config import Configuration, check_config, read_tables
from backuptool.config.shells import ComposeShell, ContainerShell, LocalShell
from backuptool.config.stores import DirectoryTable
from backuptool.config.table import CREDENTIAL
from backuptool.errors import UsageError
from backuptool.install.systemd import OWN_STATE, Needs, in_tmp


def needs_of(config: Path) -> Needs:
    """Read the configuration at `config`. Raises UsageError."""
    tables = read_tables(config)
    names = dict.fromkeys(value.removeprefix(CREDENTIAL) for value in _values(tables) if value.startswith(CREDENTIAL))
    configuration = check_config(tables, str(config))
    folders = dict.fromkeys([configuration.state_dir, configuration.work_dir or configuration.state_dir])
    tmp = any(map(in_tmp, _values(tables)))
    return Needs(
        tuple(folders), _stores(configuration), tuple(names), _hooks(configuration), _has_podman(configuration), tmp
    )


def _has_podman(configuration: Configuration) -> bool:
    shells = [plan.source.shell for plan in configuration.plans.values()]
    within = [shell for shell in shells if isinstance(shell, ComposeShell | ContainerShell)]
    return any(shell.engine == "podman" and isinstance(shell.host, LocalShell) for shell in within)


def refuse_missing(needs: Needs) -> None:
    """Raises UsageError for a folder that is not there: systemd could not open it to the unit, nor the run make it."""
    for folder in needs.folders:
        if not folder.is_relative_to(OWN_STATE) and not folder.is_dir():
            raise UsageError(f"there is no folder {folder}", hint=f"make it first: mkdir -p -m 700 {folder}")


def refuse_podman(needs: Needs) -> None:
    """Raises UsageError: it has no daemon, `podman exec` itself must enter namespaces, which the unit forbids."""
    if needs.podman:
        raise UsageError("podman cannot enter a container under the unit's rules", hint="backuptool install cron")


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
