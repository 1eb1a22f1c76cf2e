"""`backuptool backup`: every plan that is named; one that fails does not keep the next from being made."""

from __future__ import annotations

import argparse
import json
import logging
import sys
from datetime import UTC, datetime
from typing import Any

from backuptool.backup import Made, backup, in_words
from backuptool.cli import prune
from backuptool.cli.selection import plans
from backuptool.cli.show import size
from backuptool.cli.streams import say
from backuptool.errors import BackuptoolError, PartlyDone
from backuptool.interruption import within
from backuptool.lock import locked

log = logging.getLogger("backuptool")


def make(arguments: argparse.Namespace) -> None:
    """Make a backup of each plan, and show what was made before what failed is raised. Raises BackuptoolError."""
    chosen = plans(arguments)
    made: list[Made] = []
    unpruned: list[str] = []
    errors: list[BackuptoolError] = []
    for plan in chosen:
        try:
            with locked(plan.state_dir, plan.name), within(plan.time_limit, f"the backup of {plan.name}"):
                now = datetime.now(UTC)
                made.append(backup(plan, now))
                unpruned += prune.after_a_backup(arguments, plan, made[-1].stores, now)
        except BackuptoolError as error:
            if len(chosen) > 1:
                log.error("plan %s: %s", plan.name, error.message)
            errors.append(error)
    _show(arguments, made)
    if errors and not made:
        raise errors[0]
    if errors:
        raise PartlyDone(f"{len(errors)} of {len(chosen)} plans failed: {errors[0].message}", hint=errors[0].hint)
    for one in made:
        if one.failed:
            raise _in_some_only(one)
    if unpruned:
        raise PartlyDone(f"the backup is made; {unpruned[0]}", hint="backuptool prune --dry-run shows all of it")


def _in_some_only(made: Made) -> PartlyDone:
    label, error = made.failed[0]
    return PartlyDone(f"{made.name} is in {', '.join(made.stores)} only; {label}: {error.message}", hint=error.hint)


def _show(arguments: argparse.Namespace, made: list[Made]) -> None:
    if arguments.json:
        say(json.dumps([_as_json(one) for one in made], indent=2))
    elif arguments.verbose or (sys.stdout is not None and sys.stdout.isatty()):
        for one in made:
            say(f"{one.name}  {size(one.size)}", *(f"  {in_words(proof)} in {at}" for at, proof in one.stores.items()))


def _as_json(made: Made) -> dict[str, Any]:
    failed = [{"store": label, "error": error.message} for label, error in made.failed]
    return {"backup": made.name, "size": made.size, "stores": made.stores, "failed": failed}
