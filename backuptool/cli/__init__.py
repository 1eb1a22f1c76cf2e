"""argv in, exit code out: the only place that prints, reads the environment and exits."""

from __future__ import annotations

import argparse
import logging
import os
from collections.abc import Sequence
from contextlib import nullcontext

from backuptool.cli.commands import run
from backuptool.cli.logs import Logs
from backuptool.cli.parser import parser
from backuptool.cli.streams import occupy, settle, spell_out, tell
from backuptool.errors import BackuptoolError, Interrupted, of_this_host
from backuptool.freed import keep_freed
from backuptool.interruption import listen
from backuptool.progress import shown_by

log = logging.getLogger("backuptool")


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns its exit code (see errors.py)."""
    occupy()
    spell_out()
    try:
        arguments = parser().parse_args(argv)
    except BackuptoolError as error:  # of --version: there is no log yet
        tell(f"backuptool: {error.message}", f"hint: {error.hint}")
        settle()
        return error.exit_code
    os.umask(0o077)
    keep_freed()
    logs = Logs(arguments)
    listen()
    try:
        with shown_by(logs.bar) if logs.bar else nullcontext():
            return _run(arguments, logs)
    finally:
        settle()


def _run(arguments: argparse.Namespace, logs: Logs) -> int:
    try:
        return run(arguments)
    except BackuptoolError as error:
        return logs.failed(error)
    except Interrupted as signalled:
        logs.interrupted()
        return signalled.exit_code
    except BrokenPipeError:  # `backuptool list | head`: whoever read has read enough
        return 1
    except OSError as error:
        log.debug("where it happened", exc_info=error)
        return logs.failed(of_this_host(error))
