"""`backuptool init`: a first configuration, and at once what it is worth here (doctor)."""

from __future__ import annotations

import argparse
import logging
import os
import sys
from contextlib import ExitStack
from pathlib import Path

from backuptool.cli import doctor
from backuptool.cli.interview import Then, interview
from backuptool.cli.questions import a_new_file
from backuptool.cli.streams import say
from backuptool.config import Configuration, default_folder
from backuptool.copies import old_backups
from backuptool.doctor.shelf import Shelf
from backuptool.errors import BackuptoolError, UsageError
from backuptool.init import config_text, from_sop, write_config
from backuptool.init.write import checked, refuse_if_there

log = logging.getLogger("backuptool")
SHOWN = 5  # old backups by name


def run(arguments: argparse.Namespace) -> None:
    """Write the configuration, show what is there already, and look at everything. Raises BackuptoolError."""
    path: Path = (arguments.config or default_folder("config") / "config.toml").absolute()
    refuse_if_there(path)
    if wrong := a_new_file(str(path)):
        raise UsageError(wrong, hint="name another place: --config FILE")
    then: Then = []
    if arguments.from_sop:
        answers = from_sop(arguments.from_sop, os.environ)
    elif sys.stdin is not None and sys.stdin.isatty():
        answers = interview(path, then)
    else:
        raise UsageError(
            "init asks questions, and there is no terminal",
            hint="run it at one, or name the script that made the backups so far: --from-sop SCRIPT",
        )
    text = config_text(answers)
    checked(path, text)  # before secrets are written for nothing
    with ExitStack() as undo:
        for step in then:
            step(undo)
        configuration = write_config(path, text)
        undo.pop_all()
    for doubt in answers.doubts:
        log.warning("%s", doubt)
    say(f"{path} is written: plan {answers.plan}", "")
    _name_old_backups(configuration)
    arguments.config, arguments.plans, arguments.json = path, [], False
    doctor.run(arguments)


def _name_old_backups(configuration: Configuration) -> None:
    """What the old procedure left in the stores stays there, and readable."""
    for name in configuration.plans:
        plan = configuration.plan(name)
        for table in plan.store_tables:
            try:
                old = old_backups(Shelf(plan, table).listed)
            except BackuptoolError as error:
                log.warning("what is in the store is not known: %s", error.message)
            else:
                _name(table.label, [one.name for one in old])


def _name(store: str, old: list[str]) -> None:
    if not old:
        return
    say(f"the old procedure's backups in {store} stay there, and can be read:")
    say(*(f"  {name}" for name in reversed(old[-SHOWN:])))
    if len(old) > SHOWN:
        say(f"  and {len(old) - SHOWN} before them")
    say("")
