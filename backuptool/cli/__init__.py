"""argv in, exit code out: the only place that prints, reads the environment and exits."""

from __future__ import annotations

import argparse
import logging
import os
import sys
from collections.abc import Sequence
from contextlib import nullcontext

from backuptool.cli.commands import run
from backuptool.cli.parser import parser
from backuptool.cli.progress import Aside, Bar
from backuptool.cli.streams import occupy, settle, tell
from backuptool.errors import BackuptoolError, Interrupted
from backuptool.interruption import listen
from backuptool.progress import shown_by

log = logging.getLogger("backuptool")


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns its exit code (see errors.py)."""
    occupy()
    arguments = parser().parse_args(argv)
    os.umask(0o077)
    bar = Bar(sys.stderr) if sys.stderr.isatty() else None
    _log(arguments.verbose, bar)
    listen()
    try:
        with shown_by(bar) if bar else nullcontext():
            return _run(arguments)
    finally:
        settle()


def _run(arguments: argparse.Namespace) -> int:
    try:
        return run(arguments)
    except BackuptoolError as error:
        return _failed(error)
    except Interrupted as signalled:
        tell("backuptool: interrupted")
        return signalled.exit_code
    except BrokenPipeError:  # `backuptool list | head`: whoever read has read enough
        return 1
    except OSError as error:  # of this host, at a place where nothing better is known about it
        log.debug("where it happened", exc_info=error)
        return _failed(BackuptoolError(f"{error.filename or 'this host'}: {error.strerror or error}"))


def _log(verbose: int, bar: Bar | None) -> None:
    shown = verbose or bar
    form = "%(asctime)s %(message)s" if verbose else "backuptool: %(message)s"
    handler = Aside(sys.stderr, bar) if bar else logging.StreamHandler(sys.stderr)
    logging.basicConfig(handlers=[handler], level=logging.WARNING, format=form, datefmt="%H:%M:%S")
    log.setLevel(logging.DEBUG if verbose > 1 else logging.INFO if shown else logging.WARNING)


def _failed(error: BackuptoolError) -> int:
    tell(f"backuptool: {error.message}", f"hint: {error.hint}")
    return error.exit_code
