"""What can go wrong, drawn once.

BackuptoolError            1  failed
├── Overdue                1  it took longer than it may
├── UsageError             2  the command line or the configuration
│   └── Mistakes           2  several at once
├── PartlyDone             3  some stores or plans are done, some are not
├── VerificationError      4  bytes are not what was authenticated
├── SourceError            5  the database, its container, its dump
│   ├── CommandFailed      5  a program ended with another code than 0
│   └── StoodStill         5  a program did nothing for too long, and was ended
├── StoreError             6  where bundles live
└── Locked                11  another run holds the plan
Interrupted            128+n  a signal; no Exception, so that nothing catches it by accident
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from backuptool.printable import on_one_line


class BackuptoolError(Exception):
    """One line saying what happened, and a hint saying what to do about it; whatever it names ends no line."""

    exit_code = 1
    advice = "run it again with -vv: it says more then"  # the hint of an error that has none of its own

    def __init__(self, message: str, *, hint: str = "") -> None:
        self.message = on_one_line(message)
        super().__init__(self.message)
        self.hint = on_one_line(hint) or self.advice


def of_this_host(error: OSError) -> BackuptoolError:
    """What this host refused at a place where nothing better is known about it."""
    try:
        Path.cwd()
    except FileNotFoundError:  # no program can be started there
        what = "the folder in which this was started is not there any more"
        return BackuptoolError(what, hint="cd / and start it again")
    return BackuptoolError(f"{error.filename or 'this host'}: {error.strerror or error}")


class Overdue(BackuptoolError):
    """It took longer than it may, and was ended; `met`: why it was being tried again then, None where it was not."""

    met: BackuptoolError | None = None


class UsageError(BackuptoolError):
    """The command line or the configuration asks for something that cannot be done."""

    exit_code = 2


class Mistakes(UsageError):
    """Several of them, one a line."""

    def __init__(self, mistakes: Iterable[str], *, hint: str) -> None:
        super().__init__("", hint=hint)
        self.message = "\n".join(map(on_one_line, mistakes))
        self.args = (self.message,)


class PartlyDone(BackuptoolError):
    """Some of the stores or plans have a new backup, others have not."""

    exit_code = 3


class VerificationError(BackuptoolError):
    """A bundle is not what its passphrase's holder made."""

    exit_code = 4
    advice = "do not rely on this file: take an older backup, and find out what changed this one"


class SourceError(BackuptoolError):
    """No complete dump could be had."""

    exit_code = 5


class CommandFailed(SourceError):
    """A program ended with another exit code than 0.

    `stderr` is the end of what it said (at most 64 KiB), for decisions only: it may quote rows, so it is never shown.
    `returncode` is its exit code, negative for a signal.
    """

    def __init__(self, message: str, *, returncode: int, stderr: str = "", hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.returncode = returncode
        self.stderr = stderr


class StoodStill(SourceError):
    """A program neither printed nor took a byte, or did not end, for as long as it may."""


class StoreError(BackuptoolError):
    """A store did not take, list or give a bundle."""

    exit_code = 6


class Locked(BackuptoolError):
    """Another run of the same plan is under way."""

    exit_code = 11


class Interrupted(BaseException):
    """A signal asked the process to end; everything temporary is removed on the way out.

    `met`: the failure after which something was being tried again then, None where nothing was.
    """

    met: BackuptoolError | None = None

    def __init__(self, signum: int) -> None:
        super().__init__(f"signal {signum}")
        self.exit_code = 128 + signum
