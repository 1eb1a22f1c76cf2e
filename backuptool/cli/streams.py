"""Standard streams as cron, `>&-` and full disks leave them: closed, or not taking what is printed."""

from __future__ import annotations

import contextlib
import io
import os
import sys
from pathlib import Path
from typing import TextIO

from backuptool.errors import BackuptoolError
from backuptool.printable import printable


def occupy() -> None:
    """Put /dev/null where a standard stream is closed: else the next file that is opened gets its number, and what is
    meant for the stream. What is written to a closed stdout itself is an error, as it was.
    """
    for number, mode in enumerate((os.O_RDONLY, os.O_RDONLY, os.O_WRONLY)):
        try:
            os.fstat(number)
        except OSError:
            os.set_inheritable(os.open(os.devnull, mode), True)  # open(2) takes the lowest number that is free
    if sys.stderr is None:
        sys.stderr = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 - for as long as the process lives


def spell_out() -> None:
    """Show a letter that stdout's encoding lacks, or a byte of a file's name that is no letter, as its number."""
    if isinstance(sys.stdout, io.TextIOWrapper) and sys.stdout.errors == "strict":
        sys.stdout.reconfigure(errors="backslashreplace")


def say(*lines: str) -> None:
    """Print lines to stdout, where they have arrived then, and command no terminal. Raises BackuptoolError."""
    if sys.stdout is None:  # print() would say nothing, and raise nothing
        raise BackuptoolError("standard output is closed", hint="open it; where nobody is to read it, > /dev/null")
    try:
        print(printable("\n".join(lines)), flush=True)
    except BrokenPipeError:
        raise
    except OSError as error:
        raise BackuptoolError(
            f"standard output cannot be written: {error.strerror}", hint="make room there, or print to another place"
        ) from error


def tell(*lines: str) -> None:
    """Print lines to stderr, where they command no terminal."""
    with contextlib.suppress(OSError):  # there is nobody else to tell; the exit code says it too
        print(printable("\n".join(lines)), file=sys.stderr)


def settle() -> None:
    """Let go of what a stream does not take: Python would try it again at its very end, and change the exit code."""
    for stream in (sys.stdout, sys.stderr):
        if not _flushed(stream):
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _flushed(stream: TextIO | None) -> bool:
    try:
        if stream is not None:
            stream.flush()
    except OSError:
        return False
    return True
