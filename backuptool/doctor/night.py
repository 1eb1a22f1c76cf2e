"""What works where somebody is logged in, and not where cron or systemd runs the plans."""

from __future__ import annotations

import os
import shlex
import shutil
from collections.abc import Sequence
from pathlib import Path

from backuptool.config import Plan
from backuptool.config.shells import AnyShell, ComposeShell, ContainerShell, LocalShell, SshShell
from backuptool.doctor.check import Doubt
from backuptool.nightly import NIGHTLY_PATH
from backuptool.sop import VARIABLES

SHOWN = 3  # names in a message


def doubt_variables(config: Path | None, plans: Sequence[Plan]) -> None:
    """Cron has none of what a login sets: what works here by such a variable does not work at night."""
    own = VARIABLES if config is None else ()
    leaning = [name for name in sorted(os.environ) if name.startswith(_heard(plans)) and name not in own]
    if leaning:
        raise Doubt(
            f"{', '.join(leaning[:SHOWN])}: set here, and not where cron or systemd runs the plans",
            hint="put it into the configuration, then try without: env -i PATH=$PATH HOME=$HOME backuptool doctor",
        )


def doubt_programs(plans: Sequence[Plan]) -> None:
    """Nor has cron, or the unit, the PATH of a login: docker from a snap, a hook in ~/bin."""
    for name in sorted(_started(plans)):
        if (here := shutil.which(name)) and not shutil.which(name, path=NIGHTLY_PATH):
            raise Doubt(
                f"{name} is {here} by the PATH here, and not found where cron or systemd runs the plans",
                hint=f"ln -s {shlex.quote(here)} /usr/local/bin/",
            )


def _started(plans: Sequence[Plan]) -> set[str]:
    """The programs that are started on this host for these plans, and looked for in PATH."""
    hooks = [argv for plan in plans for argv in (plan.hooks.before, plan.hooks.after, plan.hooks.failed)]
    found = {argv[0] for argv in hooks if argv and "/" not in argv[0]}
    return found.union(*(_programs(plan.source_table.shell) for plan in plans))


def _programs(shell: AnyShell) -> set[str]:
    on = shell.host if isinstance(shell, ComposeShell | ContainerShell) else shell
    if isinstance(on, SshShell):
        return {"ssh"}
    if on.path:
        return set()
    return {shell.engine} if isinstance(shell, ComposeShell | ContainerShell) else {"pg_dump", "psql"}


def _heard(plans: Sequence[Plan]) -> tuple[str, ...]:
    """How the variables begin that the programs which reach these databases listen to."""
    found: set[str] = set()
    for shell in (plan.source_table.shell for plan in plans):
        if isinstance(shell, ComposeShell | ContainerShell):
            found |= {"DOCKER_", "COMPOSE_"}
        if isinstance(shell, LocalShell):
            found.add("PG")
        if isinstance(shell, SshShell) or isinstance(getattr(shell, "host", None), SshShell):
            found.add("SSH_AUTH_SOCK")
    return tuple(found)
