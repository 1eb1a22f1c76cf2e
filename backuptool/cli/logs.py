"""What stderr is told, in the form that its reader wants: a person, the journal, a program that collects logs."""

from __future__ import annotations

import argparse
import json
import logging
import os
import sys
from datetime import UTC, datetime

from backuptool.cli.progress import Aside, Bar
from backuptool.cli.streams import tell
from backuptool.errors import BackuptoolError
from backuptool.printable import on_one_line

log = logging.getLogger("backuptool")
# sd-daemon(3): the kernel's levels, which journald takes from the beginning of a line.
PRIORITIES = ((logging.ERROR, 3), (logging.WARNING, 4), (logging.INFO, 6), (logging.DEBUG, 7))


class Plain(logging.Formatter):
    """Lines for a person: with the time when many are shown, with the tool's name when it is one in a mail."""

    def __init__(self, *, verbose: bool) -> None:
        super().__init__("%(asctime)s %(message)s" if verbose else "backuptool: %(message)s", "%H:%M:%S")

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - logging calls it so
        """One line, whatever it names; a traceback comes below it."""
        return on_one_line(super().formatMessage(record))

    def last(self, message: str, hint: str = "") -> str:
        """What is said at the end, when nothing came of it."""
        return f"backuptool: {message}" + (f"\nhint: {hint}" if hint else "")


class Journal(Plain):
    """Lines for journald: it has the time and the name itself, and sorts by priority."""

    def __init__(self) -> None:
        super().__init__(verbose=False)

    def format(self, record: logging.LogRecord) -> str:
        """The message with its priority, which each line of a traceback has too."""
        priority = next((number for level, number in PRIORITIES if record.levelno >= level), 7)
        where = self.formatException(record.exc_info) if record.exc_info else ""
        return _prefixed(f"{on_one_line(record.getMessage())}\n{where}", priority)

    def last(self, message: str, hint: str = "") -> str:
        """The same as an error."""
        return _prefixed(message + (f"\nhint: {hint}" if hint else ""), 3)


class Json(Plain):
    """One object a line: `at` (UTC, ISO 8601), `level`, `message`; at the end of a failed run `hint` beside them."""

    def __init__(self) -> None:
        super().__init__(verbose=False)

    def format(self, record: logging.LogRecord) -> str:
        """The record as an object, with its traceback if it has one."""
        where = {"traceback": self.formatException(record.exc_info)} if record.exc_info else {}
        return _object(record.levelname.lower(), record.getMessage(), record.created, **where)

    def last(self, message: str, hint: str = "") -> str:
        """The same as an error."""
        return _object("error", message, datetime.now(UTC).timestamp(), **({"hint": hint} if hint else {}))


def _prefixed(text: str, priority: int) -> str:
    return "\n".join(f"<{priority}>{line}" for line in text.splitlines() or [""])


def _object(level: str, message: str, at: float, **more: str) -> str:
    moment = datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds")
    # ASCII only: whatever stderr's encoding is, the line is UTF-8, as JSON must be.
    return json.dumps({"at": moment, "level": level, "message": message, **more})


class Logs:
    """The form of this run's log, and the way to say its end."""

    def __init__(self, arguments: argparse.Namespace) -> None:
        verbose: int = arguments.verbose
        self._form = Json() if arguments.json_log else Journal() if _is_journal() else Plain(verbose=verbose > 0)
        terminal = sys.stderr.isatty() and not arguments.json_log and not getattr(arguments, "quiet", False)
        self.bar = Bar(sys.stderr) if terminal else None
        shown = verbose or self.bar
        handler = Aside(sys.stderr, self.bar) if self.bar else logging.StreamHandler(sys.stderr)
        handler.setFormatter(self._form)
        handler.setLevel(logging.DEBUG if verbose > 1 else logging.INFO if shown else logging.WARNING)
        logging.basicConfig(handlers=[handler], level=logging.WARNING)
        # Who is told of a failure is told what came before it too, though stderr is not.
        log.setLevel(logging.DEBUG if verbose > 1 else logging.INFO)

    def failed(self, error: BackuptoolError) -> int:
        """Say what went wrong and what to do about it; the exit code."""
        tell(self._form.last(error.message, error.hint))
        return error.exit_code

    def interrupted(self) -> None:
        """Say that a signal ended it."""
        tell(self._form.last("interrupted"))


def _is_journal() -> bool:
    """Whether stderr is a socket of journald's (systemd.exec(5), $JOURNAL_STREAM), not a file that it was led to."""
    try:
        status = os.fstat(sys.stderr.fileno())
    except (OSError, ValueError):
        return False
    return os.environ.get("JOURNAL_STREAM") == f"{status.st_dev}:{status.st_ino}"
