"""argv in, exit code out: the only place that prints, reads the environment and exits."""

from __future__ import annotations

import logging
import os
import signal
import sys
from collections.abc import Sequence
from types import FrameType

from backuptool.cli.commands import run
from backuptool.cli.parser import parser
from backuptool.errors import BackuptoolError, Interrupted

ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns its exit code (see errors.py)."""
    arguments = parser().parse_args(argv)
    os.umask(0o077)
    _log(arguments.verbose)
    for number in ENDING:
        signal.signal(number, _interrupt)
    try:
        run(arguments)
        sys.stdout.flush()
    except BackuptoolError as error:
        _say(error)
        return error.exit_code
    except Interrupted as signalled:
        print("backuptool: interrupted; nothing was left behind", file=sys.stderr)
        return signalled.exit_code
    except BrokenPipeError:  # `backuptool list | head`: whoever read has read enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return 1
    return 0


def _interrupt(number: int, _: FrameType | None) -> None:
    for other in ENDING:
        signal.signal(other, signal.SIG_IGN)  # a second signal must not interrupt the cleaning up
    raise Interrupted(number)


def _log(verbose: int) -> None:
    shown = verbose or sys.stderr.isatty()
    form = "%(asctime)s %(message)s" if verbose else "backuptool: %(message)s"
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format=form, datefmt="%H:%M:%S")
    logging.getLogger("backuptool").setLevel(
        logging.DEBUG if verbose > 1 else logging.INFO if shown else logging.WARNING
    )


def _say(error: BackuptoolError) -> None:
    print(f"backuptool: {error.message}", file=sys.stderr)
    print(f"hint: {error.hint}", file=sys.stderr)
